"""Carries out one action as a flow run: a batch of one, through the same four steps."""

from prefect.runtime import flow_run

from domain.actions import ActionBase, Batch
from domain.batch import BatchError, problems
from flows.apply import Done, carry_out
from flows.open import BY_FORM, form_folder
from flows.settings import settings
from flows.work import BatchWork


async def carry_out_one(action: ActionBase) -> Done:
    """Carry out one action; its files lie in the import folder.

    Raises:
        BatchError: if the action cannot be meant as it is said.
    """
    batch = Batch(batch_id=f"run-{flow_run.id}", actions=(action,))
    flaws = [f"{'.'.join(map(str, problem.where[2:]))}: {problem.message}" for problem in problems(batch)]
    if flaws:
        raise BatchError("\n".join(flaws))
    return await carry_out(BatchWork(batch, BY_FORM, form_folder(settings())))
