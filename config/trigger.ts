// What can start a recording. One list, used by the configuration, the session and the policy.

export const TRIGGERS = ["pir", "button", "motion", "owner"] as const;

/** pir: the sensor. button: the bell. motion: movement in the picture. owner: started by hand. */
export type Trigger = (typeof TRIGGERS)[number];
