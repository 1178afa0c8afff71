// `doorstep receive` as a process that a test may kill: its only argument is the command's options as JSON.
import { receiveCommand, type ReceiveOptions } from "../../../agent/cli/receive.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { CapturedIo } from "../cli/captured-io.ts";

await receiveCommand(JSON.parse(process.argv[2]!) as ReceiveOptions, new CapturedIo(), new SystemClock());
