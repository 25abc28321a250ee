/**
 * Style sheet of the page of a benchmark. The colours of the charts are safe for colour-blind readers in the light and
 * the dark scheme.
 * @module
 */
export const pageStyle = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #5c636a; --paper: #ffffff; --card: #f5f6f8; --line: #dcdfe3;
  --c1: #0b62d6; --c2: #d9622b; --c3: #0b8a6f; --c4: #a63c8f; --c5: #8a6d00; --quiet: #cdd2d8; --quiet-fill: #b4bac2;
  --warn: #8a5a00 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a0a7af; --paper: #16181b; --card: #1f2226;
  --line: #363b41; --c1: #63a4ff; --c2: #ff9a62; --c3: #45c2a1; --c4: #e08bd0; --c5: #d9b843; --quiet: #3f454c;
  --quiet-fill: #626a73; --warn: #e3b341 } }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 70rem;
  margin: 1.4rem auto 4rem; padding: 0 1.2rem; overflow-wrap: break-word }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2.4rem 0 .3rem }
h1 + .soft { margin: .1rem 0 0 } .soft + h2 { margin-top: 1.3rem }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem }
.soft, figcaption { color: var(--soft) } .small { font-size: 13px }
.answer { margin: 0 0 .7rem; font-size: 1.05rem } .answer b { font-size: 1.55rem; margin-right: .25rem }
.verdicts { display: grid; gap: .5rem; padding: 0; margin: .6rem 0; list-style: none }
.verdicts li { background: var(--card); border-left: 3px solid var(--c1); padding: .5rem .8rem; border-radius: 3px;
  min-width: 0 }
.verdicts li.undecided { border-color: var(--warn) } .verdicts b { font-weight: 600 }
.verdicts details { font-size: 12.5px; color: var(--soft) }
details.more { margin: .8rem 0 } details.more > summary { cursor: pointer; color: var(--c1) }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr)); gap: .4rem 1rem }
.charts.wide { grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: .6rem 1.6rem }
figure { margin: 0; min-width: 0 } figure svg { max-width: 100%; height: auto; display: block; overflow: visible }
figcaption { font-size: 13px; font-weight: 600 }
.key { margin: .2rem 0 .5rem; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1.1rem }
.key i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; vertical-align: -1px;
  margin-right: .35rem }
.key i.thin { height: 2px; vertical-align: 4px }
.key i.dashed { width: 1.2rem; height: 2px; border-radius: 0; vertical-align: 4px;
  background: repeating-linear-gradient(90deg, currentColor 0 5px, transparent 5px 8px) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-size: 12.5px; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: .18rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap }
th:first-child, td:first-child { text-align: left } th { color: var(--soft); font-weight: 600 }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .1rem 1rem; font-size: 13.5px }
dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }`;
