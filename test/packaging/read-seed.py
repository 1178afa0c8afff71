# Reads a boot partition as cloud-init's own NoCloud does: Imager's files and our vendor-data beside them. Argument: the folder.
import sys
from cloudinit import handlers, util

seed = util.read_seeded(base=f"file://{sys.argv[1]}/")
meta, user, vendor = seed[0], seed[1], seed[2]
script = open(f"{sys.argv[1]}/vendor-data", "rb").read()
assert meta["instance-id"] == "rpi-imager-1", meta
assert b"runcmd" in user and b"doorstep" not in user, user
assert vendor == script, "vendor-data was not read as it is"
kind = handlers.type_from_starts_with(vendor.decode())
assert kind == "text/x-shellscript", kind
print(f"  ok    cloud-init reads vendor-data as {kind}, and leaves Imager's user-data as it was")
