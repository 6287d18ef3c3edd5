//! The laws of scanning: streams find what the whole text has, and the fast way finds what the slow way finds.

use proptest::prelude::*;

use super::rule::{Block, Candidate, Rule, always};
use super::ruleset::{Finding, Ruleset};
use super::stream::{Segment, Stream};
use super::view::{View, floor};

mod hostile;
mod linear;
mod samples;
mod streams;
mod views;
mod whole;
