"""All of a Cinder in one process: its API, scheduler and one store.

Imported by serve.py, which serves ``application``; it is there once a disk could be made.
"""

import os
import sys

os.environ["OS_CINDER_DISABLE_EVENTLET_PATCHING"] = "yes"  # its threads are threads

from cinder import monkey_patch

monkey_patch.patch()  # before anything else of Cinder is there

sys.argv = ["cinder", "--config-file", f"{os.environ['OS_CINDER_CONFIG_DIR']}/cinder.conf"]

from cinder import service  # noqa: E402 - see above
from cinder.cmd import volume  # noqa: E402
from cinder.wsgi import api  # noqa: E402

application = api.application

STORE = "files"

volume.CONF.register_opt(volume.host_opt, group=STORE)
service.Service.create(binary="cinder-scheduler").start()
service.Service.create(
    host=f"{volume.CONF.host}@{STORE}", service_name=STORE, binary="cinder-volume", coordination=True
).start()
