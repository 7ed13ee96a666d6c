/** What a workbench has besides a demo: layers, features, tabs, points, a timeline, files. */
import { listenToActs } from "./acts.js";
import { explain } from "./explain.js";
import { listenToFiles } from "./files.js";
import { showLayers } from "./layers.js";
import { listenToPoints } from "./points.js";
import { listenToTabs } from "./tabs.js";
import { showTicks } from "./ticks.js";
import { listenToTimeline } from "./timeline.js";
import { showWhen } from "./when.js";

explain();
listenToActs();
listenToFiles();
listenToPoints();
listenToTabs();
listenToTimeline();
showLayers();
showTicks();
showWhen();
