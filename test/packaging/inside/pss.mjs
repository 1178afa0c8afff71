// Watches every process of both roles for as many seconds as it is told, and says where together they took most: the sum of their
// proportional set sizes in MB, then each, and what of it is no page of a file. Run by another Node than theirs, with which it
// would share pages.
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
    return [{ kb: kb("Pss"), line: `          ${mb("Pss")} (${mb("Pss_Anon")} its own) ${name.slice(0, 70)}\n` }];
  } catch {
    return [];
  }
}

let most = { kb: 0, lines: "", at: 0 };
while (passed() < Number(process.argv[2])) {
  const each = UNITS.flatMap((file) => readFileSync(file, "utf8").trim().split("\n")).flatMap(look);
  const kb = each.reduce((sum, one) => sum + one.kb, 0);
  if (kb > most.kb) most = { kb, lines: each.map(({ line }) => line).join(""), at: passed() };
  await new Promise((resolve) => setTimeout(resolve, 40));
}
process.stdout.write(
  `${Math.round(most.kb / 1024)} MB at most, ${Math.round(most.at)} s after the ring\n${most.lines}`,
);
