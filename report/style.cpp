#include "report/style.hpp"

#include <cctype>

namespace alfi::report {
namespace {

struct Colour {
  const char *name, *light, *dark;
};
constexpr Colour kPalette[] = {
    {"ground", "#ffffff", "#161b22"},  {"page", "#f6f7f9", "#0d1117"},   {"ink", "#1c2430", "#e8edf3"},
    {"soft", "#5b6675", "#9aa6b5"},    {"grid", "#e6e9ee", "#272e38"},   {"frame", "#c3cad4", "#4a5463"},
    {"machine", "#1f6feb", "#6cb0ff"}, {"before", "#b4690e", "#f0a94b"}, {"truth", "#d6264f", "#ff6b8e"},
    {"exact", "#0f8a5f", "#46d09a"},   {"prior", "#8c96a5", "#7d8896"},  {"h0", "#1f6feb", "#6cb0ff"},
    {"h1", "#b4690e", "#f0a94b"},      {"h2", "#0f8a5f", "#46d09a"},     {"h3", "#9a4bd0", "#cc93f5"},
    {"h4", "#d6264f", "#ff6b8e"},      {"h5", "#0a8ea6", "#4fd0e6"},
};

// A figure's shapes take the colour of their class.
const char* const kShapes = R"(
.alfi{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif}
.alfi text{font-size:11px}
.alfi .title{font-size:13px;font-weight:600}
.alfi .middle{text-anchor:middle}.alfi .end{text-anchor:end}
.alfi .ground{stroke:none}
.alfi .grid{stroke-width:1;fill:none}
.alfi .frame{stroke-width:1;fill:none}
.alfi .line{stroke:currentColor;stroke-width:1.8;fill:none;stroke-linejoin:round;stroke-linecap:round}
.alfi .thick{stroke:currentColor;stroke-width:7;fill:none;opacity:.45}
.alfi .thin{stroke:currentColor;stroke-width:1;fill:none;stroke-linejoin:round}
.alfi .faint{stroke:currentColor;stroke-width:1;fill:none;opacity:.35}
.alfi .dashed{stroke:currentColor;stroke-width:1.5;fill:none;stroke-dasharray:5 4}
.alfi .dotted{stroke:currentColor;stroke-width:1.8;fill:none;stroke-dasharray:.1 4;stroke-linecap:round}
.alfi .area{fill:currentColor;opacity:.16;stroke:none}
.alfi .area2{fill:currentColor;opacity:.30;stroke:none}
.alfi .bar{fill:currentColor;opacity:.55;stroke:none}
.alfi .dot{fill:currentColor;stroke:none}
.alfi .haze{fill:currentColor;opacity:.45;stroke:none}
.alfi .mark{stroke:currentColor;stroke-width:2.2;fill:none;stroke-linecap:round}
.alfi .halo{stroke-width:4.6;fill:none;stroke-linecap:round}
)";

// What has a colour of the palette, written $name.
const char* const kPainted = R"(.alfi text{fill:$soft}.alfi .title,.alfi .name{fill:$ink}
.alfi .ground{fill:$ground}.alfi .grid{stroke:$grid}.alfi .frame{stroke:$frame}.alfi .halo{stroke:$ground}
.alfi .muted{color:$soft}.alfi .machine{color:$machine}.alfi .before{color:$before}.alfi .truth{color:$truth}
.alfi .exact{color:$exact}.alfi .prior{color:$prior}.alfi .h0{color:$h0}.alfi .h1{color:$h1}.alfi .h2{color:$h2}
.alfi .h3{color:$h3}.alfi .h4{color:$h4}.alfi .h5{color:$h5}
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

/// kPainted with the palette's colours.
std::string painted(bool dark) {
  std::string style;
  for (const char* at = kPainted; *at != 0; ++at) {
    if (*at != '$') {
      style += *at;
      continue;
    }
    std::string name;
    while (std::isalnum(static_cast<unsigned char>(at[1])) != 0) name += *++at;
    for (const Colour& colour : kPalette) {
      if (name == colour.name) style += dark ? colour.dark : colour.light;
    }
  }
  return style;
}

/// The palette as variables, which a page's style uses.
std::string variables(bool dark) {
  std::string style = ":root{";
  for (const Colour& colour : kPalette) {
    style += "--" + std::string(colour.name) + ':' + (dark ? colour.dark : colour.light) + ';';
  }
  return style + "}\n";
}

std::string in_the_dark(const std::string& style) { return "@media(prefers-color-scheme:dark){\n" + style + "}\n"; }

}  // namespace

// No variables in a figure: it is opened by programs that are no browsers, too, which draw what they do not know in
// black.
std::string figure_style() { return kShapes + painted(false) + in_the_dark(painted(true)); }
std::string page_style() { return variables(false) + in_the_dark(variables(true)) + figure_style() + kPage; }

}  // namespace alfi::report
