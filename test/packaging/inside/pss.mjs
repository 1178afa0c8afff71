// Watches every process of both roles for as many seconds as it is told, and says where together they took most, while they made
// pictures and while they did not: the sum of their proportional set sizes in MB, then each, and what of it is no page of a file.
// Run by another Node than theirs, with which it would share pages.
import { readFileSync, readlinkSync } from "node:fs";

const UNITS = ["recorder", "publisher"].map(
  (role) => `/sys/fs/cgroup/system.slice/doorstep-${role}.service/cgroup.procs`,
);
const began = performance.now();
const passed = () => (performance.now() - began) / 1000;

/** Kilobytes and a line; nothing of a process that has just gone, and of a camera's program that is not ours. */
function look(pid) {
  try {
    if (readlinkSync(`/proc/${pid}/exe`).startsWith("/usr/local/lib/camera/")) return [];
    const map = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const kb = (field) => Number(new RegExp(`^${field}: +(\\d+)`, "m").exec(map)[1]);
    const mb = (field) => (kb(field) / 1024).toFixed(1).padStart(5);
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    const name = words.map((word) => word.replace(/^.*\//, "")).join(" ");
    // Between its end and its burial a process has a size, but no arguments any more.
    if (name === "") return [];
    return [{ kb: kb("Pss"), line: `          ${mb("Pss")} (${mb("Pss_Anon")} its own) ${name.slice(0, 70)}\n` }];
  } catch {
    return [];
  }
}

const most = { recording: { kb: 0, lines: "" }, pictures: { kb: 0, lines: "" } };
while (passed() < Number(process.argv[2])) {
  const each = UNITS.flatMap((file) => readFileSync(file, "utf8").trim().split("\n")).flatMap(look);
  const kb = each.reduce((sum, one) => sum + one.kb, 0);
  const lines = each.map(({ line }) => line).join("");
  const what = lines.includes("picture-worker") ? "pictures" : "recording";
  if (kb > most[what].kb) most[what] = { kb, lines };
  await new Promise((resolve) => setTimeout(resolve, 40));
}
for (const what of ["recording", "pictures"])
  process.stdout.write(`${what} ${Math.round(most[what].kb / 1024)} MB at most\n${most[what].lines}`);
