#include "report/style.hpp"

namespace alfi::report {
namespace {

const char* const kColours = R"(
:root{--ground:#ffffff;--page:#f6f7f9;--ink:#1c2430;--soft:#5b6675;--grid:#e6e9ee;--frame:#c3cad4;
--machine:#1f6feb;--before:#b4690e;--truth:#d6264f;--exact:#0f8a5f;--prior:#8c96a5;--h0:#1f6feb;--h1:#b4690e;--h2:#0f8a5f;
--h3:#9a4bd0;--h4:#d6264f;--h5:#0a8ea6}
@media(prefers-color-scheme:dark){:root{--ground:#161b22;--page:#0d1117;--ink:#e8edf3;--soft:#9aa6b5;--grid:#272e38;
--frame:#4a5463;--machine:#6cb0ff;--before:#f0a94b;--truth:#ff6b8e;--exact:#46d09a;--prior:#7d8896;--h0:#6cb0ff;
--h1:#f0a94b;--h2:#46d09a;--h3:#cc93f5;--h4:#ff6b8e;--h5:#4fd0e6}}
)";

const char* const kFigure = R"(
.alfi{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif}
.alfi text{font-size:11px;fill:var(--soft)}
.alfi .title{font-size:13px;font-weight:600;fill:var(--ink)}
.alfi .name{fill:var(--ink)}
.alfi .middle{text-anchor:middle}.alfi .end{text-anchor:end}
.alfi .ground{fill:var(--ground);stroke:none}
.alfi .grid{stroke:var(--grid);stroke-width:1;fill:none}
.alfi .frame{stroke:var(--frame);stroke-width:1;fill:none}
.alfi .muted{--c:var(--soft)}
.alfi .machine{--c:var(--machine)}.alfi .before{--c:var(--before)}.alfi .truth{--c:var(--truth)}
.alfi .exact{--c:var(--exact)}.alfi .prior{--c:var(--prior)}
.alfi .h0{--c:var(--h0)}.alfi .h1{--c:var(--h1)}.alfi .h2{--c:var(--h2)}.alfi .h3{--c:var(--h3)}.alfi .h4{--c:var(--h4)}
.alfi .h5{--c:var(--h5)}
.alfi .line{stroke:var(--c);stroke-width:1.8;fill:none;stroke-linejoin:round;stroke-linecap:round}
.alfi .thick{stroke:var(--c);stroke-width:7;fill:none;opacity:.45}
.alfi .thin{stroke:var(--c);stroke-width:1;fill:none;stroke-linejoin:round}
.alfi .faint{stroke:var(--c);stroke-width:1;fill:none;opacity:.35}
.alfi .dashed{stroke:var(--c);stroke-width:1.5;fill:none;stroke-dasharray:5 4}
.alfi .dotted{stroke:var(--c);stroke-width:1.8;fill:none;stroke-dasharray:.1 4;stroke-linecap:round}
.alfi .area{fill:var(--c);opacity:.16;stroke:none}
.alfi .area2{fill:var(--c);opacity:.30;stroke:none}
.alfi .bar{fill:var(--c);opacity:.55;stroke:none}
.alfi .dot{fill:var(--c);stroke:none}
.alfi .haze{fill:var(--c);opacity:.45;stroke:none}
.alfi .mark{stroke:var(--c);stroke-width:2.2;fill:none;stroke-linecap:round}
.alfi .halo{stroke:var(--ground);stroke-width:4.6;fill:none;stroke-linecap:round}
)";

const char* const kPage = R"(
*{box-sizing:border-box}
html{background:var(--page);color:var(--ink);-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:1180px;padding:20px 12px 48px;line-height:1.5;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;font-size:15px}
h1{font-size:26px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:19px;margin:40px 0 4px;letter-spacing:-.01em}
p{margin:4px 0 12px;max-width:72ch;color:var(--soft)}
p b,li b{color:var(--ink);font-weight:600}
nav{display:flex;flex-wrap:wrap;gap:6px;margin:14px 0 18px}
nav a{color:var(--ink);text-decoration:none;border:1px solid var(--frame);border-radius:99px;padding:3px 11px;
font-size:13px;background:var(--ground)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(160px,1fr));gap:10px;margin:14px 0}
.card{background:var(--ground);border:1px solid var(--grid);border-radius:10px;padding:10px 12px}
.card .value{font-size:18px;font-weight:600;font-variant-numeric:tabular-nums;overflow-wrap:anywhere;line-height:1.25}
.card .what{font-size:12.5px;color:var(--soft)}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:12px;margin:12px 0}
figure{margin:0;background:var(--ground);border:1px solid var(--grid);border-radius:10px;padding:8px;min-width:0}
figure svg{display:block;width:100%;height:auto}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums;background:var(--ground);
border:1px solid var(--grid);border-radius:10px;overflow:hidden}
th,td{padding:5px 12px;text-align:right;border-top:1px solid var(--grid);white-space:nowrap}
tr:first-child th{border-top:0;color:var(--soft);font-weight:600}
th:first-child,td:first-child{text-align:left}
.warning{border-left:3px solid var(--before);padding:6px 12px;margin:8px 0;background:var(--ground);border-radius:0 8px 8px 0;
color:var(--ink)}
footer{margin-top:44px;font-size:12.5px;color:var(--soft)}
@media(max-width:480px){.card .value{font-size:16px}th,td{padding:5px 7px}table{font-size:12.5px}body{font-size:14.5px}}
@media print{html{background:#fff}figure,.card{break-inside:avoid}nav{display:none}}
)";

}  // namespace

std::string figure_style() { return std::string(kColours) + kFigure; }
std::string page_style() { return figure_style() + kPage; }

}  // namespace alfi::report
