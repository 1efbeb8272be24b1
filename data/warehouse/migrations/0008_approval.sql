-- Who agreed to what cannot be undone, and why.

ALTER TABLE action_log ADD COLUMN approved_by VARCHAR;
ALTER TABLE action_log ADD COLUMN approval_reason VARCHAR;

COMMENT ON COLUMN action_log.approved_by IS 'Who agreed to it, or refused it; NULL where nobody had to be asked.';
COMMENT ON COLUMN action_log.approval_reason IS 'The reason that person gave; NULL where nobody had to be asked.';
