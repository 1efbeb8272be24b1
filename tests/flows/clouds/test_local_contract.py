"""The embedded cloud keeps what every cloud promises."""

from support.clouds.contract import *  # noqa: F403 - the same tests as of every other cloud
from support.clouds.contract_of_files import *  # noqa: F403
