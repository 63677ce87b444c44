"""The look of report.html: one style sheet, for light and dark, wide and narrow, screen and paper."""

STYLE = """
:root { color-scheme: light dark; --paper: #fcfcfa; --card: #ffffff; --ink: #1b1f24; --soft: #5d6670; --line: #dfe3e6;
  --accent: #1f6feb; --second: #b3541e; --warn: #8a5a00;
  --c0: #dbe7fb; --c1: #fbe3d3; --c2: #dcf1de; --c3: #f0e0f5; --c4: #f7efc8; --c5: #d9f0f2; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --card: #1b1f24; --ink: #e8ebee; --soft: #9aa5b1;
  --line: #323a42; --accent: #6ea8ff; --second: #f0a070; --warn: #f0c36a;
  --c0: #22375c; --c1: #573321; --c2: #22452a; --c3: #462f50; --c4: #4c451f; --c5: #1f474b; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 3rem 1.25rem 4rem; max-width: 62rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1 { font-size: clamp(1.7rem, 4vw, 2.4rem); line-height: 1.15; letter-spacing: -0.02em; margin: 0.2rem 0 1rem; }
h2 { font-size: 1.3rem; letter-spacing: -0.01em; margin: 3.2rem 0 0.6rem; }
h3 { font-size: 1rem; margin: 1.8rem 0 0.5rem; }
p { margin: 0.5rem 0; max-width: 46rem; }
.kicker { color: var(--soft); font-size: 0.9rem; margin: 0; }
.lead { font-size: 1.15rem; line-height: 1.5; }
.note { color: var(--soft); font-size: 0.9rem; }
.warn { color: var(--warn); }
code, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.92em; }
dl.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.4rem, 1fr));
  gap: 0.75rem; margin: 1.6rem 0 0; }
dl.tiles > div { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 0.75rem 1rem; }
dl.tiles dt { color: var(--soft); font-size: 0.8rem; }
dl.tiles dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
dl.tiles dd small { display: block; font-size: 0.78rem; font-weight: 400; color: var(--soft); line-height: 1.35; }
ul.meanings { list-style: none; padding: 0; margin: 1rem 0; display: grid; gap: 0.6rem; }
ul.meanings li { display: flex; gap: 0.9rem; align-items: baseline; background: var(--card);
  border: 1px solid var(--line);  border-radius: 12px; padding: 0.7rem 1rem; }
ul.meanings b { font: 600 1.15rem/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; border-radius: 6px;
  padding: 0 0.5rem; white-space: nowrap; color: var(--ink); }
figure { margin: 1rem 0; }
figcaption { color: var(--soft); font-size: 0.9rem; margin-top: 0.4rem; max-width: 46rem; }
.scroll { overflow-x: auto; }
.chart svg { width: 100%; max-width: 40rem; min-width: 18rem; height: auto; display: block; }
svg text { font-family: inherit !important; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 0.6rem 0; font-size: 0.95rem; }
caption { text-align: left; color: var(--soft); font-size: 0.9rem; padding-bottom: 0.4rem; }
th, td { padding: 0.35rem 0.8rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { color: var(--soft); font-weight: 500; font-size: 0.85rem; white-space: nowrap; }
tbody th { font-weight: 500; }
td.cell { text-align: center; white-space: nowrap;
  border: 1px solid var(--paper); border-radius: 6px; min-width: 3.2rem; }
td.cell b { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
td.none { color: var(--soft); }
td.number, th.number { text-align: right; white-space: nowrap; }
.choice0 { background: var(--c0); fill: var(--c0); } .choice1 { background: var(--c1); fill: var(--c1); }
.choice2 { background: var(--c2); fill: var(--c2); } .choice3 { background: var(--c3); fill: var(--c3); }
.choice4 { background: var(--c4); fill: var(--c4); } .choice5 { background: var(--c5); fill: var(--c5); }
svg.tree { display: block; width: 100%; height: auto; }
.tree text { fill: var(--ink); font-size: 13px; } .tree .answer, .tree .times { fill: var(--soft); font-size: 11px; }
.tree .question { fill: var(--card); stroke: var(--line); } .tree .edge { fill: none; stroke: var(--soft); }
ol.scenes { list-style: none; padding: 0; margin: 0.6rem 0; display: grid; gap: 0.75rem;
  grid-template-columns: repeat(auto-fill, minmax(9.2rem, 1fr)); }
ol.scenes li { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 0.6rem 0.7rem;
  font-size: 0.85rem; line-height: 1.4; break-inside: avoid; }
ol.scenes h4 { margin: 0 0 0.2rem; font-size: 0.85rem; }
.scene { width: 100%; max-width: 11rem; height: auto; display: block; margin: 0 auto 0.3rem; }
.scene text { fill: var(--ink); font-size: 14px; } .scene .small { fill: var(--soft); font-size: 10px; }
.scene .name, .scene .message { font-weight: 600; } .scene .name { fill: var(--paper); }
.scene .seat { font-size: 11px; fill: var(--soft); } .scene .seat.marked { fill: var(--paper); font-weight: 600; }
.room { fill: var(--paper); stroke: var(--line); stroke-width: 1.5; }
.tile { fill: var(--c0); stroke: var(--accent); }
.tile.empty { fill: none; stroke: var(--line); stroke-dasharray: 3 3; }
.arrow { fill: none; stroke: var(--soft); }
.figure { fill: none; stroke: var(--soft); stroke-width: 1.2; } .figure.inside { fill: var(--accent); stroke: none; }
.figure.marked { fill: var(--soft); }
.bubble { fill: var(--second); } .scene .cry { fill: var(--paper); font-weight: 700; }
details summary { cursor: pointer; color: var(--soft); font-size: 0.9rem; margin: 0.6rem 0; }
pre { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  padding: 0.8rem 1rem; font-size: 0.85rem; line-height: 1.45; }
td { overflow-wrap: break-word; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 0 2.5rem; }
footer { margin-top: 4rem; color: var(--soft); font-size: 0.85rem;
  border-top: 1px solid var(--line); padding-top: 1rem; }
@media print { :root { color-scheme: light; --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc;
  --accent: #1f6feb; --second: #b3541e; --c0: #dbe7fb; --c1: #fbe3d3; --c2: #dcf1de; --c3: #f0e0f5; --c4: #f7efc8;
  --c5: #d9f0f2; } body { max-width: none; padding: 0; font-size: 10pt; } h2, h3 { break-after: avoid; }
  .scroll { overflow: visible; } figure, ul.meanings li, table { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
