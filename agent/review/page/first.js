// What the first view needs is asked for while the rest of the page is still on its way: on a slow phone each wait counts.
import { askAhead } from "./agent.js";
import { speak } from "./words.js";

void speak();
askAhead("/status");
if (/^(#\/now)?$/.test(location.hash)) askAhead("/clips?limit=6");
