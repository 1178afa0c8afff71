// Part of the recorder's composition root: which camera, microphone, lines and light a configuration means on this machine.
// Each driver is loaded when it is the one: what draws the simulated doorstep would cost a real doorbell twenty megabytes.
import { uptime as secondsSincePowerUp } from "node:os";
import { type Area, type Config, type GpioLine, isPainted } from "../config/config.ts";
import type { Button } from "../drivers/button/button.ts";
import type { Camera, Stills } from "../drivers/camera/camera.ts";
import type { StillOptions } from "../drivers/camera/still.ts";
import type { MaskedCameraOptions } from "../drivers/camera/masked.ts";
import type { RawCamera } from "../drivers/camera/raw.ts";
import type { Chime } from "../drivers/chime/chime.ts";
import type { Uptime } from "../drivers/clock/clock.ts";
import { minutes, seconds } from "../drivers/clock/clock.ts";
import type { SystemClock } from "../drivers/clock/system.ts";
import { SimulatedDoorstep } from "../drivers/doorstep-scene/doorstep.ts";
import type { Choice } from "../drivers/gpio/auto.ts";
import type { Gpio } from "../drivers/gpio/gpio.ts";
import type { Light } from "../drivers/light/light.ts";
import { FfmpegMaskWitness } from "../drivers/mask/ffmpeg-witness.ts";
import type { Polygon } from "../drivers/mask/mask.ts";
import type { Microphone } from "../drivers/microphone/microphone.ts";
import type { Pir } from "../drivers/pir/pir.ts";
import type { PrivacySwitch } from "../drivers/privacy-switch/privacy-switch.ts";
import type { Hardware } from "./capture/watch.ts";
import { AgentError } from "./error.ts";

/** An HC-SR501 sees people who are not there for about a minute after it gets power; so does the Pi, at the same moment. */
const PIR_WARM_UP_S = 60;

/** What single lines need. */
export interface LineOptions {
  readonly config: Config;
  readonly clock: SystemClock;
  /** A line with driver = "auto" has got its driver. */
  readonly onChoice: (choice: Choice) => void;
  /** The kernel does not count the edges of an input that onoff watches. */
  readonly onUncounted?: (gpio: number) => void;
}

export interface HardwareOptions extends LineOptions {
  /** In memory, ours alone: a still is there for a moment. */
  readonly runtimeDirectory: string;
  /** The process's own: see {@link StillOptions.environment}. */
  readonly environment: StillOptions["environment"];
}

/** What the configuration names. Nothing is opened yet, so nothing that is missing is noticed here. */
export async function hardwareOf(options: HardwareOptions): Promise<Hardware> {
  const { config, clock } = options;
  const { source } = config.camera;
  const doorstep = new SimulatedDoorstep(clock, source.kind === "simulated" ? source.speed : 1);
  const lines = new Lines(options);
  const { pir, button, light, privacySwitch, objection } = config.trigger;
  const masks = witnessOf(config, clock);
  return {
    camera: masks ? await maskedCamera(config, doorstep, clock, masks) : await cameraOf(config, doorstep, clock),
    ...(masks && { masks }),
    // Where anything is masked the camera is not even opened for a still, which nothing would paint over.
    ...(source.kind === "libcamera" && !masks && { stills: stillsOf(options, source.index) }),
    ...(config.audio.record && { microphone: await microphoneOf(config, clock) }),
    ...(pir && { pir: await lines.pir(pir, doorstep) }),
    ...(pir && pir.driver !== "simulated" && { pirReadyAt: pirReadyAt(clock) }),
    ...(button && { button: await lines.button(button, doorstep) }),
    ...(light !== "none" && { light: await lines.light(light) }),
    ...(privacySwitch && { privacySwitch: await lines.privacySwitch(privacySwitch) }),
    ...(objection && { objection: await lines.objection(objection) }),
    ...(config.chime !== "none" && { chime: await lines.chime(config.chime) }),
    press: (input) => {
      if (config.trigger[input]?.driver !== "simulated") throw new AgentError("INPUT_NOT_SIMULATED", input);
      pressSimulated(doorstep, input, source.kind === "simulated");
    },
  };
}

/** node-libcamera is loaded with the first still that is asked for. */
function stillsOf({ config, clock, runtimeDirectory, environment }: HardwareOptions, index: number): Stills {
  const { width, height, rotation } = config.camera;
  const masked = isPainted(config);
  return {
    still: async (signal) => {
      const { StillCamera } = await import("../drivers/camera/still.ts");
      const options = { index, width, height, rotation, masked, runtimeDirectory, environment };
      return new StillCamera(options, clock).still(signal);
    },
  };
}

/** The light alone, not yet opened; undefined when the configuration has none. */
export async function lightOf(options: LineOptions): Promise<Light | undefined> {
  const { light } = options.config.trigger;
  return light === "none" ? undefined : new Lines(options).light(light);
}

function pirReadyAt(clock: SystemClock): Uptime {
  return (clock.uptime() + seconds(Math.max(0, PIR_WARM_UP_S - secondsSincePowerUp()))) as Uptime;
}

/** The drivers of single lines. */
class Lines {
  readonly #options: LineOptions;
  readonly #drivers = new Map<GpioLine["driver"], Promise<Gpio>>();

  constructor(options: LineOptions) {
    this.#options = options;
  }

  async pir(line: GpioLine, doorstep: SimulatedDoorstep): Promise<Pir> {
    if (line.driver === "simulated") return doorstep.pir;
    const { GpioPir } = await import("../drivers/pir/gpio.ts");
    return new GpioPir(await this.#gpio(line), line, this.#options.clock);
  }

  async button(line: GpioLine, doorstep: SimulatedDoorstep): Promise<Button> {
    if (line.driver === "simulated") return doorstep.button;
    const { GpioButton } = await import("../drivers/button/gpio.ts");
    return new GpioButton(await this.#gpio(line), line, this.#options.clock);
  }

  async light(line: GpioLine): Promise<Light> {
    const { clock } = this.#options;
    if (line.driver === "simulated") return new (await import("../drivers/light/simulated.ts")).SimulatedLight();
    const { GpioLight } = await import("../drivers/light/gpio.ts");
    return new GpioLight(await this.#gpio(line), line, clock);
  }

  async privacySwitch(line: GpioLine): Promise<PrivacySwitch> {
    const { clock } = this.#options;
    if (line.driver === "simulated")
      return new (await import("../drivers/privacy-switch/simulated.ts")).SimulatedPrivacySwitch(clock);
    const { GpioPrivacySwitch } = await import("../drivers/privacy-switch/gpio.ts");
    return new GpioPrivacySwitch(await this.#gpio(line), line, clock);
  }

  async objection(line: GpioLine): Promise<Pir> {
    const { clock } = this.#options;
    if (line.driver === "simulated") return new (await import("../drivers/pir/simulated.ts")).SimulatedPir(clock);
    const { GpioHold } = await import("../drivers/pir/gpio.ts");
    return new GpioHold(await this.#gpio(line), line, clock);
  }

  async chime(chime: Exclude<Config["chime"], "none">): Promise<Chime> {
    const { clock } = this.#options;
    if ("sound" in chime)
      return new (await import("../drivers/chime/sound.ts")).SoundChime({ file: chime.sound }, clock);
    if (chime.gpio.driver === "simulated") return new (await import("../drivers/chime/simulated.ts")).SimulatedChime();
    const { GpioChime } = await import("../drivers/chime/gpio.ts");
    return new GpioChime(await this.#gpio(chime.gpio), chime.gpio, clock);
  }

  /** One driver for all the lines that use it. */
  #gpio({ driver }: GpioLine): Promise<Gpio> {
    const known = this.#drivers.get(driver) ?? this.#load(driver);
    this.#drivers.set(driver, known);
    return known;
  }

  async #load(driver: GpioLine["driver"]): Promise<Gpio> {
    const { clock, onChoice, onUncounted } = this.#options;
    const onoff = async () => new (await import("../drivers/gpio/onoff.ts")).OnoffGpio(clock, onUncounted);
    const gpiod = async () =>
      new (await import("../drivers/gpio/gpiod.ts")).GpiodGpio({ clock, ofKernel: (ms) => clock.ofKernel(ms) });
    switch (driver) {
      case "onoff":
        return onoff();
      case "gpiod":
        return gpiod();
      case "auto": {
        const { AutoGpio } = await import("../drivers/gpio/auto.ts");
        return new AutoGpio({ onoff: await onoff(), gpiod: await gpiod(), onChoice });
      }
      case "simulated":
        return new (await import("../drivers/gpio/simulated.ts")).SimulatedGpio(clock);
    }
  }
}

/** On the drawn doorstep a visitor walks up first, after the one who is there has left; over a recording the input simply fires. */
function pressSimulated(doorstep: SimulatedDoorstep, input: "pir" | "button", drawn: boolean): void {
  const visit = { rings: input === "button", staysS: 4 };
  if (drawn && doorstep.visited) void doorstep.visit().then(() => doorstep.visit(visit));
  else if (drawn) void doorstep.visit(visit);
  else if (input === "button") doorstep.button.press();
  else void doorstep.pir.trigger(seconds(2));
}

/** What draws and finds the pattern of the configuration's masks and property; undefined when it has none. */
export function witnessOf(config: Config, clock: SystemClock): FfmpegMaskWitness | undefined {
  if (!isPainted(config)) return undefined;
  const { masks, property } = config;
  const polygons = (areas: readonly Area[]): readonly Polygon[] => areas.map(({ polygon }) => polygon);
  return new FfmpegMaskWitness({ areas: { hidden: polygons(masks), kept: polygons(property) }, clock });
}

async function cameraOf(config: Config, doorstep: SimulatedDoorstep, clock: SystemClock): Promise<Camera> {
  const { source, width, height, fps, rotation } = config.camera;
  switch (source.kind) {
    case "simulated": {
      const { SimulatedCamera } = await import("../drivers/camera/simulated.ts");
      return new SimulatedCamera({ width, height, fps }, doorstep, clock);
    }
    case "replay": {
      const { ReplayCamera } = await import("../drivers/camera/replay.ts");
      return new ReplayCamera({ file: source.file, loop: source.loop, speed: source.speed, width, height, fps }, clock);
    }
    case "libcamera": {
      const { LibcameraCamera } = await import("../drivers/camera/libcamera.ts");
      return new LibcameraCamera({ index: source.index, width, height, fps, rotation }, clock);
    }
    case "v4l2": {
      const { V4l2Camera } = await import("../drivers/camera/v4l2.ts");
      return new V4l2Camera({ device: source.device, width, height, fps, rotation }, clock);
    }
  }
}

/** The same cameras by their raw pictures, which are painted over before anything encodes them (promise 10). */
async function maskedCamera(
  config: Config,
  doorstep: SimulatedDoorstep,
  clock: SystemClock,
  witness: FfmpegMaskWitness,
): Promise<Camera> {
  const { source, width, height, fps, rotation, encoder } = config.camera;
  const { MaskedCamera } = await import("../drivers/camera/masked.ts");
  const { bitsFor } = await import("../drivers/camera/rpicam-arguments.ts");
  const bitsPerSecond = bitsFor({ index: 0, width, height, fps, rotation });
  const masked = (raw: RawCamera, more: Partial<MaskedCameraOptions> = {}): Camera =>
    new MaskedCamera({ source: raw, witness, fps, bitsPerSecond, encoder, ...more }, clock);
  switch (source.kind) {
    case "simulated": {
      const { SimulatedCamera, SIMULATED_COLOUR } = await import("../drivers/camera/simulated.ts");
      return masked(new SimulatedCamera({ width, height, fps }, doorstep, clock), { colour: SIMULATED_COLOUR });
    }
    case "replay": {
      const { DecodedCamera } = await import("../drivers/camera/decoded.ts");
      // A recording may be played slowly, or stand still: that is no fault of the encoder's.
      return masked(new DecodedCamera(await cameraOf(config, doorstep, clock), { width, height }, clock), {
        stallLimit: minutes(5),
      });
    }
    case "libcamera": {
      const { LibcameraCamera } = await import("../drivers/camera/libcamera.ts");
      return masked(new LibcameraCamera({ index: source.index, width, height, fps, rotation }, clock));
    }
    case "v4l2": {
      const { V4l2Camera } = await import("../drivers/camera/v4l2.ts");
      return masked(new V4l2Camera({ device: source.device, width, height, fps, rotation }, clock));
    }
  }
}

/** Beside a camera that is not real stands a sound card that is not, unless one is named. */
async function microphoneOf({ audio, camera }: Config, clock: SystemClock): Promise<Microphone> {
  const { AacMicrophone } = await import("../drivers/microphone/aac.ts");
  const drawn = camera.source.kind === "simulated" || camera.source.kind === "replay";
  if (drawn && audio.device === "default") {
    const { SimulatedPcm } = await import("../drivers/microphone/simulated.ts");
    return new AacMicrophone(new SimulatedPcm(clock), clock);
  }
  const { Arecord } = await import("../drivers/microphone/arecord.ts");
  return new AacMicrophone(new Arecord({ device: audio.device }, clock), clock);
}
