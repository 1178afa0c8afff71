// The live picture: fragmented MP4 from the agent into a MediaSource, kept close to the newest picture. Nothing is stored.
import { Refusal } from "./agent.js";

const KEPT_S = 8;
/** Further behind than this jumps; further than the other hurries. */
const JUMP_S = 0.8;
const HURRY_S = 0.25;

/** Whether this browser can show it. */
export const canWatch = () => "ManagedMediaSource" in window || "MediaSource" in window;

/**
 * Shows the camera in `video` until `signal` aborts or the stream ends; resolves then.
 * `onPicture(delayMs)` is told of each picture, with how old it is if the clocks agree.
 */
export async function watchLive(video, signal, onPicture = () => {}) {
  const response = await fetch("/api/live", { signal, headers: { "x-doorstep": "1" } });
  if (!response.ok) throw new Refusal(response.status, (await response.json().catch(() => ({}))).error);
  const startedAt = Date.parse(response.headers.get("x-started-at"));
  const source = new (window.ManagedMediaSource ?? window.MediaSource)();
  const address = URL.createObjectURL(source);
  video.disableRemotePlayback = true;
  video.src = address;
  try {
    await new Promise((resolve) => source.addEventListener("sourceopen", resolve, { once: true }));
    const buffer = source.addSourceBuffer(response.headers.get("content-type"));
    follow(video, startedAt, signal, onPicture);
    void video.play().catch(() => {});
    for await (const chunk of chunks(response.body.getReader())) {
      await append(buffer, chunk, signal);
      keepUp(video, buffer);
      await forget(video, buffer);
    }
  } finally {
    URL.revokeObjectURL(address);
    video.removeAttribute("src");
    video.load();
  }
}

async function* chunks(reader) {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

const idle = (buffer) =>
  buffer.updating
    ? new Promise((resolve) => buffer.addEventListener("updateend", resolve, { once: true }))
    : Promise.resolve();

async function append(buffer, chunk, signal) {
  signal.throwIfAborted();
  buffer.appendBuffer(chunk);
  await idle(buffer);
}

function keepUp(video, buffer) {
  const { buffered } = buffer;
  if (!buffered.length) return;
  const first = buffered.start(buffered.length - 1);
  const end = buffered.end(buffered.length - 1);
  const behind = end - video.currentTime;
  if (video.currentTime < first || behind > JUMP_S) video.currentTime = Math.max(first, end - 0.08);
  video.playbackRate = behind > HURRY_S ? 1.15 : 1;
  if (video.paused) void video.play().catch(() => {});
}

async function forget(video, buffer) {
  const old = video.currentTime - KEPT_S;
  if (buffer.buffered.length && buffer.buffered.start(0) < old - KEPT_S) {
    buffer.remove(0, old);
    await idle(buffer);
  }
}

function follow(video, startedAt, signal, onPicture) {
  const told = (mediaTime) => {
    if (signal.aborted) return;
    const delay = Date.now() - (startedAt + mediaTime * 1000);
    onPicture(delay > -500 && delay < 10_000 ? Math.max(0, delay) : undefined);
  };
  if (!("requestVideoFrameCallback" in video)) {
    video.addEventListener("timeupdate", () => told(video.currentTime), { signal });
    return;
  }
  const next = (_, { mediaTime }) => {
    told(mediaTime);
    if (!signal.aborted) video.requestVideoFrameCallback(next);
  };
  video.requestVideoFrameCallback(next);
}
