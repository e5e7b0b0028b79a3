/** The chart scripts that a report page carries inside itself. */
import { browserBuild } from '../../report/browser-builds.js';
import type { PageScripts } from '../../report/page.js';

export function pageScripts(): PageScripts {
  return {
    vega: browserBuild('vega').text,
    vegaLite: browserBuild('vega-lite').text,
    vegaEmbed: browserBuild('vega-embed').text,
  };
}
