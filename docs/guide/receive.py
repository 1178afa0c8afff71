#!/usr/bin/python3
"""The smallest receiver that checks what it gets: receive.py HOST PORT DEVICE NAME PASSWORD_FILE IDENTITY_FILE DEVICE_KEY_FILE OUT [CA_FILE]
Needs (Debian): age python3-paho-mqtt python3-cryptography. Written from docs/spec/wire.md; MQTT 3.1.1, which every broker speaks.
Left to `doorstep receive`: asking for lost parts, withdrawals and pictures, the proof that the receipt is in the device's log."""
import base64, collections, datetime, hashlib, json, os, subprocess, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from paho.mqtt import subscribe

host, port, device, name, password, identity, key, out, *ca = sys.argv[1:]
auth = {"username": name, "password": open(password).read().strip()}
tls = {"ca_certs": ca[0]} if ca else None
key = Ed25519PublicKey.from_public_bytes(base64.b64decode(open(key).read()))
own = f"doorstep/{device}/{name}/"
clips = collections.defaultdict(dict)  # clip id -> what has come of it: "manifest", "receipt", and media by its SHA-256
LIMIT = 500_000_000  # bytes of clips that are not complete
sha256 = lambda data: hashlib.sha256(data).hexdigest()

def verify(jws, clip, manifest):
    header, payload, signature = jws.decode().strip().split(".")
    unpack = lambda text: base64.urlsafe_b64decode(text + "==")
    key.verify(unpack(signature), f"{header}.{payload}".encode())  # raises unless the device signed it
    claims = json.loads(unpack(payload))
    assert (claims["iss"], claims["sub"], claims["jti"]) == (device, name, manifest["disclosure"]), "for somebody else"
    assert claims["clip"]["id"] == clip and manifest["media"].items() <= claims["sent"].items(), "about something else"
    assert claims["not_after"] > datetime.datetime.now(datetime.timezone.utc).isoformat(), "too late"

def place(clip, receipt):  # another disclosure of a clip never replaces the first
    for path in (f"{out}/{clip}", f"{out}/{clip}.{sha256(receipt)[:8]}"):
        if not os.path.exists(path + ".jws") or open(path + ".jws", "rb").read() == receipt: return path

def save(path, data):
    with open(path + ".new", "wb") as file: file.write(data), file.flush(), os.fsync(file.fileno())
    os.rename(path + ".new", path)

def collect(client, topic, payload):
    clip, leaf = topic[len(own) + len("clip/"):].split("/")[:2]
    have = clips[clip]
    have[leaf if leaf in ("manifest", "receipt") else sha256(payload)] = payload
    while sum(len(piece) for pieces in clips.values() for piece in pieces.values()) > LIMIT: clips.pop(next(iter(clips)))
    if not {"manifest", "receipt"} <= have.keys(): return
    manifest = json.loads(have["manifest"])
    media = b"".join(have.get(part, b"") for part in manifest["transfer"].get("sha256", [manifest["media"]["sha256"]]))
    if sha256(media) != manifest["media"]["sha256"]: return
    clips.pop(clip)
    verify(have["receipt"], clip, manifest)
    if manifest["media"]["encrypted"]: media = subprocess.check_output(["age", "-d", "-i", identity], input=media)
    path = place(clip, have["receipt"])
    save(path + ".mp4", media), save(path + ".jws", have["receipt"])
    client.publish(own + "ack", json.dumps({"v": 1, "type": "arrived", "clip": clip, "sha256": manifest["media"]["sha256"]}), 1)
    print("saved", path + ".mp4", flush=True)

def message(client, _, received):
    try: collect(client, received.topic, received.payload)
    except Exception as error: print("refused", received.topic, repr(error), file=sys.stderr)

topics = [own + "clip/+/+", own + "clip/+/part/+"]
subscribe.callback(message, topics, 1, None, host, int(port), f"{device}-{name}-py", auth=auth, tls=tls, clean_session=False)
