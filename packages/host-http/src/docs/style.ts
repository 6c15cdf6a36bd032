/** How the reference looks. */
export const STYLE = `:root {
  color-scheme: light dark;
  --ink: light-dark(#1b1f24, #e6e9ee); --soft: light-dark(#5b6470, #9aa4b2); --paper: light-dark(#fff, #14171c);
  --sheet: light-dark(#f5f7f9, #1c2128); --line: light-dark(#dfe3e8, #2d333c); --link: light-dark(#0b5cad, #6cb2ff);
}
* { box-sizing: border-box }
html { scroll-padding-top: 1rem }
body { margin: 0; color: var(--ink); background: var(--paper); font: 15px/1.55 system-ui, sans-serif; display: grid; grid-template-columns: 17rem minmax(0, 1fr) }
a { color: var(--link); text-decoration: none } a:hover { text-decoration: underline }
code, pre { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.25rem 1rem 3rem; background: var(--sheet); border-right: 1px solid var(--line); font-size: 13.5px }
nav h2 { margin: 1.1rem 0 .2rem; font-size: 12px; letter-spacing: .06em; text-transform: uppercase; color: var(--soft) }
nav ol { list-style: none; margin: 0; padding: 0 } nav li a { display: block; padding: .12rem 0; color: inherit; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
nav .brand { font-size: 16px; font-weight: 650; color: inherit }
main { padding: 2rem clamp(1rem, 4vw, 3.5rem) 6rem; max-width: 72rem }
h1 { margin: 0 0 .5rem; font-size: 2rem } main > section > h2 { margin: 3rem 0 .25rem; padding-top: 1rem; border-top: 2px solid var(--line); font-size: 1.45rem }
article { margin: 1.5rem 0; border: 1px solid var(--line); border-radius: 8px; overflow: hidden }
article > header { padding: .7rem 1rem; background: var(--sheet); border-bottom: 1px solid var(--line); overflow-wrap: anywhere }
article > header h3 { margin: 0; font-size: 1rem; font-weight: 600 } article > header p { margin: .25rem 0 0 }
article > div { padding: .5rem 1rem 1rem } article h4 { margin: 1.1rem 0 .35rem; font-size: .85rem; color: var(--soft) }
.method { display: inline-block; min-width: 4rem; margin-right: .5rem; padding: .1rem .4rem; border-radius: 4px; text-align: center; font-weight: 700; color: #fff; background: #5b6470 }
.get { background: #0b6b57 } .post { background: #0b5cad } .put { background: #8a5a00 } .patch { background: #7a4aa5 } .delete { background: #ad2330 }
.deprecated { color: #ad2330; font-weight: 600 }
table { width: 100%; border-collapse: collapse; font-size: 14px } td, th { padding: .35rem .6rem .35rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere }
th { font-weight: 600; color: var(--soft); font-size: 12.5px } td:first-child { width: 30% } td:nth-child(2) { width: 32% } td p { margin: 0 }
.required { color: #ad2330; font-size: 12px } .soft { color: var(--soft) }
pre { margin: .35rem 0; padding: .7rem .9rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto }
details > summary { cursor: pointer; color: var(--link); margin-top: .5rem }
@media (max-width: 60rem) { body { display: block } nav { position: static; height: auto; max-height: 40vh; border-right: 0; border-bottom: 1px solid var(--line) } }
@media print { nav { display: none } body { display: block } }
`
