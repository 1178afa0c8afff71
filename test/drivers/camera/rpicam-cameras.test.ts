// Cameras and their modes out of `rpicam-hello --list-cameras`.
import { expect, test } from "vitest";
import { readCameras } from "../../../drivers/camera/rpicam-cameras.ts";

const TWO = `Available cameras
-----------------
0 : imx708 [4608x2592 10-bit RGGB] (/base/axi/pcie@120000/rp1/i2c@88000/imx708@1a)
    Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]
                             2304x1296 [56.03 fps - (0, 0)/4608x2592 crop]
                             4608x2592 [14.35 fps - (0, 0)/4608x2592 crop]

1 : imx219 [3280x2464 10-bit RGGB] (/base/axi/pcie@120000/rp1/i2c@80000/imx219@10)
    Modes: 'SRGGB10_CSI2P' : 640x480 [103.33 fps - (1000, 752)/1280x960 crop]
                             1640x1232 [41.85 fps - (0, 0)/3280x2464 crop]
           'SRGGB8' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]
                      1640x1232 [83.70 fps - (0, 0)/3280x2464 crop]

`;

test("each camera has its number, its sensor, and each size once at its fastest", () => {
  expect(readCameras(TWO)).toEqual([
    {
      index: 0,
      sensor: "imx708",
      modes: [
        { width: 1536, height: 864, fps: 120.13 },
        { width: 2304, height: 1296, fps: 56.03 },
        { width: 4608, height: 2592, fps: 14.35 },
      ],
    },
    {
      index: 1,
      sensor: "imx219",
      modes: [
        { width: 640, height: 480, fps: 206.65 },
        { width: 1640, height: 1232, fps: 83.7 },
      ],
    },
  ]);
});

test("no camera is none, and what one says while it films is no mode", () => {
  const busy = `0 : imx708 [4608x2592] (/base/imx708@1a)\n    Modes: 'SRGGB10_CSI2P' : 65535x65535 [30.00 fps - (65535, 65535)/65535x65535 crop]\n`;

  expect(readCameras("No cameras available!\n")).toEqual([]);
  expect(readCameras(busy)).toEqual([{ index: 0, sensor: "imx708", modes: [] }]);
});
