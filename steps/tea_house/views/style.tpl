:root { color-scheme: light dark; --paper: light-dark(#fbf7ef, #171a18); --card: light-dark(#fffdf8, #20241f); --ink: light-dark(#2a2520, #ece6d9); --soft: light-dark(#685e53, #b3aa9b); --leaf: light-dark(#2c6549, #8fcfae); --line: light-dark(#e0d6c4, #3a4038); --cup: light-dark(#b4532a, #f0a27c); }
:root[data-theme=light] { color-scheme: light; } :root[data-theme=dark] { color-scheme: dark; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 Georgia, "Iowan Old Style", "DejaVu Serif", serif; }
header { border-bottom: 1px solid var(--line); background: var(--card); }
.bar, main, aside, footer { max-width: 46rem; margin: 0 auto; padding: 0 1.25rem; }
.bar { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; justify-content: space-between; min-height: 4rem; padding-block: .75rem; }
.sign { display: flex; gap: .75rem; align-items: center; color: var(--ink); text-decoration: none; font-size: 1.35rem; }
.sign svg { fill: none; stroke: var(--leaf); stroke-width: 2.4; stroke-linecap: round; }
.sign .steam { stroke: var(--cup); }
nav, nav form { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: center; margin: 0; }
main { padding-top: 2rem; padding-bottom: 1rem; }
h1 { font-size: 2rem; line-height: 1.2; font-weight: normal; margin: .25rem 0 1rem; text-wrap: balance; }
h2 { font-size: 1.125rem; margin: 0 0 .5rem; }
.step { margin: 0; color: var(--soft); font-size: .9375rem; }
a { color: var(--leaf); }
:focus-visible { outline: 3px solid var(--cup); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -100rem; } .skip:focus { left: .5rem; top: .5rem; background: var(--card); padding: .5rem; }
code, dd { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .875em; overflow-wrap: anywhere; }
.card, aside { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; margin-bottom: 1.5rem; }
aside { max-width: 43.5rem; }
@media (max-width: 47rem) { aside { margin-left: 1.25rem; margin-right: 1.25rem; } }
aside dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: .25rem 1.25rem; margin: 0; }
@media (max-width: 30rem) { aside dl { grid-template-columns: 1fr; } dd + dt { margin-top: .5rem; } }
dt { color: var(--soft); font-size: .9375rem; } dd { margin: 0; padding-top: .1em; }
.card > :first-child { margin-top: 0; } .card > :last-child { margin-bottom: 0; }
.big { font-size: 3.5rem; line-height: 1; color: var(--leaf); margin: .5rem 0; font-variant-numeric: tabular-nums; }
label { display: block; margin-top: .75rem; } label.line { display: flex; gap: .6rem; align-items: center; }
input[type=text], input[type=password], select { width: 100%; max-width: 24rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--soft); border-radius: .4rem; padding: .45rem .6rem; }
input[type=checkbox] { width: 1.15rem; height: 1.15rem; accent-color: var(--leaf); }
button { font: inherit; color: var(--card); background: var(--leaf); border: 1px solid var(--leaf); border-radius: .4rem; padding: .4rem 1.1rem; cursor: pointer; }
main button { margin-top: 1rem; } nav button { padding: .15rem .8rem; }
.inline, .inline label { display: inline; margin-right: .5rem; } select { display: block; } .inline select { display: inline-block; width: auto; }
.notice { border-left: .3rem solid var(--leaf); padding-left: .8rem; }
.wrong { border-left: .3rem solid var(--cup); padding-left: .8rem; }
footer { color: var(--soft); font-size: .875rem; padding-bottom: 2rem; }
ul { padding-left: 1.2rem; } li + li { margin-top: .35rem; }
@media print { :root[data-theme] { color-scheme: light; } body { background: #fff; } button { color: var(--leaf); background: none; } .skip, nav { display: none; } }
