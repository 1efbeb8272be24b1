"""The embedded cloud keeps what every cloud promises."""

from contract import *  # noqa: F403 - the same tests as of every other cloud
from contract_of_files import *  # noqa: F403
