//! One file a screen or panel: its state, what keys do to it, and its view together.

pub mod bars;
pub mod body;
pub mod composer;
pub mod composer_edit;
pub mod composer_view;
pub mod confirm;
pub mod detail;
pub mod engines;
pub mod headers;
pub mod help;
pub mod lessons;
pub mod prediction;
pub mod send;
pub mod trace;
pub mod verdict;
pub mod why;
