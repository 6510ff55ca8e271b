#pragma once
#include <string>

/// The one place of colours and fonts, light and dark: the reader's system says which.

namespace alfi::report {

/// What things in a figure stand for; class names of shapes.
///   machine: the trained machine's    before: the same machine's, not yet trained    truth: what was true or observed
///   exact: known from the likelihood  prior: before any data                          muted: help lines
std::string figure_style();
/// Of a page around figures, those of the figures included.
std::string page_style();

}  // namespace alfi::report
