//! What attacks are made of: concepts that follow each other closely, and what each is worth.

use super::Category::{
    self, DelimiterInjection, Encoding, GoalHijack, InstructionOverride, PromptExtraction, RoleSwitch,
};
#[allow(clippy::wildcard_imports)] // nearly all of them
use super::concept::*;

/// Concepts in their order, with at most so many symbols before each since the one before it.
pub(super) type Step = (usize, Concepts);

/// A piece of evidence.
pub(super) struct Signal {
    /// Signals of one name say the same thing: only the best of them counts.
    pub(super) name: &'static str,
    pub(super) category: Category,
    /// Out of 1000; at [`DEFAULT_THRESHOLD`](super::DEFAULT_THRESHOLD) one alone is enough.
    pub(super) weight: u32,
    pub(super) steps: &'static [Step],
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Said to the model: worth less when denied, reported or asked about.
    Order,
    /// The same, over the end of a sentence too.
    Orders,
    /// The same in one sentence, and a *not* well before it counts too.
    Request,
    /// The same, worth less unless the sentence begins with it.
    Demand,
    /// A trait of a text, wherever it stands.
    Trait,
}

const fn order(name: &'static str, category: Category, weight: u32, steps: &'static [Step]) -> Signal {
    Signal { name, category, weight, steps, kind: Kind::Order }
}

const fn orders(name: &'static str, category: Category, weight: u32, steps: &'static [Step]) -> Signal {
    Signal { name, category, weight, steps, kind: Kind::Orders }
}

const fn demand(name: &'static str, category: Category, weight: u32, steps: &'static [Step]) -> Signal {
    Signal { name, category, weight, steps, kind: Kind::Demand }
}

const fn request(name: &'static str, category: Category, weight: u32, steps: &'static [Step]) -> Signal {
    Signal { name, category, weight, steps, kind: Kind::Request }
}

const fn trait_of(name: &'static str, category: Category, weight: u32, steps: &'static [Step]) -> Signal {
    Signal { name, category, weight, steps, kind: Kind::Trait }
}

/// All of them.
pub(super) static SIGNALS: &[Signal] = &[
    // Instructions overridden.
    order("dismiss", InstructionOverride, 620, &[(0, DISMISS), (36, PRIOR), (28, RULES)]),
    order("dismiss", InstructionOverride, 600, &[(0, DISMISS), (28, RULES), (36, PRIOR)]),
    order("dismiss", InstructionOverride, 500, &[(0, DISMISS), (14, YOUR), (28, RULES)]),
    order("dismiss", InstructionOverride, 350, &[(0, DISMISS), (30, THINGS), (30, PRIOR)]),
    order("dismiss", InstructionOverride, 350, &[(0, DISMISS), (30, PRIOR), (30, THINGS)]),
    order("dismiss", InstructionOverride, 300, &[(0, DISMISS), (24, RULES)]),
    order("dismiss", InstructionOverride, 220, &[(0, DISMISS), (16, PRIOR)]),
    order("dismiss", InstructionOverride, 600, &[(0, PRIOR), (40, RULES), (40, DISMISS_LAST)]),
    order("dismiss", InstructionOverride, 400, &[(0, PRIOR | YOUR), (40, THINGS), (40, DISMISS_LAST)]),
    order("dismiss", InstructionOverride, 320, &[(0, RULES), (30, DISMISS_LAST)]),
    order("break", InstructionOverride, 400, &[(0, BREAK), (30, YOUR | PRIOR), (30, RULES)]),
    order("break", InstructionOverride, 250, &[(0, BREAK), (24, RULES)]),
    order("new rules", InstructionOverride, 280, &[(0, NEW_RULES)]),
    orders("new rules", InstructionOverride, 430, &[(0, NEW_RULES), (40, EMIT | SAY | REVEAL | REPEAT)]),
    // Something else to be said or done.
    order("hijack", GoalHijack, 300, &[(0, DISMISS), (70, EMIT)]),
    order("new rules", InstructionOverride, 150, &[(0, RULES), (30, DISMISS_LAST)]),
    order("hijack", GoalHijack, 300, &[(0, DISMISS_LAST), (50, EMIT | REVEAL)]),
    orders("hijack", GoalHijack, 260, &[(0, DISMISS), (16, PRIOR), (40, EMIT | SAY)]),
    orders("hijack", GoalHijack, 260, &[(0, DISMISS), (24, RULES), (40, EMIT | SAY)]),
    order("emit", GoalHijack, 110, &[(0, EMIT)]),
    // The prompt asked for.
    request("extract", PromptExtraction, 450, &[(0, REVEAL), (24, SYSTEM_PROMPT)]),
    request("extract", PromptExtraction, 600, &[(0, REVEAL | REPEAT), (30, YOUR_PROMPT)]),
    request("extract", PromptExtraction, 450, &[(0, SYSTEM_PROMPT), (24, REVEAL)]),
    request("extract", PromptExtraction, 550, &[(0, YOUR_PROMPT), (24, REVEAL)]),
    request("extract", PromptExtraction, 500, &[(0, REPEAT), (20, THINGS), (16, PRIOR)]),
    demand("extract", PromptExtraction, 520, &[(0, REPEAT), (10, PRIOR), (10, THINGS | RULES)]),
    demand("extract", PromptExtraction, 520, &[(0, REPEAT), (24, SYSTEM_PROMPT)]),
    request("extract", PromptExtraction, 550, &[(0, REVEAL | REPEAT | WHAT), (40, RULES | THINGS), (14, GIVEN)]),
    request("extract", PromptExtraction, 500, &[(0, WHAT), (20, YOUR_PROMPT)]),
    request("extract", PromptExtraction, 550, &[(0, REVEAL | WHAT), (30, YOUR), (12, SYSTEM_PROMPT)]),
    request("extract", PromptExtraction, 550, &[(0, REVEAL), (30, SYSTEM_PROMPT), (8, YOUR)]),
    request("extract", PromptExtraction, 550, &[(0, YOUR), (12, SYSTEM_PROMPT), (24, REVEAL)]),
    request("extract", PromptExtraction, 450, &[(0, REVEAL), (16, YOUR), (24, RULES)]),
    request("verbatim", PromptExtraction, 300, &[(0, SYSTEM_PROMPT | YOUR_PROMPT | RULES), (60, VERBATIM)]),
    request("verbatim", PromptExtraction, 250, &[(0, REPEAT), (50, VERBATIM)]),
    request("opening", PromptExtraction, 350, &[(0, OPENING)]),
    demand("above", PromptExtraction, 520, &[(0, TELL), (10, ABOVE)]),
    order("above", PromptExtraction, 520, &[(0, EMIT), (14, ABOVE)]),
    orders("above", PromptExtraction, 300, &[(0, REVEAL | DECODE | VERBATIM), (50, YOUR_PROMPT)]),
    order("authority told", RoleSwitch, 250, &[(0, AUTHORITY), (40, TELL)]),
    demand("guarded", PromptExtraction, 520, &[(0, TELL), (24, GUARDED)]),
    order("granted", GoalHijack, 500, &[(0, GRANTED)]),
    trait_of("your prompt", PromptExtraction, 200, &[(0, YOUR_PROMPT)]),
    orders("real task", GoalHijack, 330, &[(0, DISMISS_LAST), (60, REAL_TASK)]),
    orders("real task", GoalHijack, 260, &[(0, REAL_TASK), (60, EMIT | SAY)]),
    orders("real task", GoalHijack, 520, &[(0, DISMISS), (40, REAL_TASK)]),
    order("real task", GoalHijack, 500, &[(0, ABOVE | MATERIAL), (12, DISMISS_LAST)]),
    order("material", GoalHijack, 400, &[(0, DISMISS), (20, MATERIAL)]),
    orders("material", GoalHijack, 520, &[(0, DISMISS), (20, MATERIAL), (30, EMIT | SAY | SWITCH | ROLE)]),
    // Another self.
    trait_of("switch", RoleSwitch, 150, &[(0, SWITCH)]),
    trait_of("role", RoleSwitch, 60, &[(0, ROLE)]),
    trait_of("switch role", RoleSwitch, 100, &[(0, SWITCH), (60, ROLE | PERSONA | UNBOUND)]),
    trait_of("persona", RoleSwitch, 400, &[(0, PERSONA)]),
    trait_of("unbound", RoleSwitch, 180, &[(0, UNBOUND)]),
    trait_of("no limits", RoleSwitch, 170, &[(0, WITHOUT), (24, LIMITS)]),
    trait_of("role unbound", RoleSwitch, 220, &[(0, ROLE | SWITCH | MODEL), (60, UNBOUND)]),
    trait_of("role unbound", RoleSwitch, 220, &[(0, ROLE | SWITCH | MODEL), (60, WITHOUT), (24, LIMITS)]),
    trait_of("role unbound", RoleSwitch, 350, &[(0, SWITCH), (70, UNBOUND)]),
    trait_of("role unbound", RoleSwitch, 350, &[(0, SWITCH), (70, WITHOUT), (24, LIMITS)]),
    trait_of("role unbound", RoleSwitch, 280, &[(0, YOU_ARE | ROLE | SWITCH), (60, AMORAL)]),
    trait_of("no limits", RoleSwitch, 170, &[(0, AMORAL)]),
    trait_of("stay", RoleSwitch, 100, &[(0, STAY)]),
    trait_of("never refuse", RoleSwitch, 180, &[(0, NEVER_REFUSE)]),
    trait_of("no warning", RoleSwitch, 100, &[(0, NO_WARNING)]),
    trait_of("policy", RoleSwitch, 60, &[(0, POLICY)]),
    trait_of("forbidden", RoleSwitch, 110, &[(0, FORBIDDEN)]),
    trait_of("two answers", RoleSwitch, 150, &[(0, TWO_ANSWERS)]),
    trait_of("threat", RoleSwitch, 80, &[(0, THREAT)]),
    trait_of("confirm", RoleSwitch, 150, &[(0, CONFIRM)]),
    trait_of("model", RoleSwitch, 30, &[(0, MODEL)]),
    trait_of("fiction", RoleSwitch, 90, &[(0, FICTION)]),
    order("authority", RoleSwitch, 250, &[(0, AUTHORITY)]),
    // Another speaker.
    trait_of("template", DelimiterInjection, 300, &[(0, TEMPLATE)]),
    trait_of("heading", DelimiterInjection, 200, &[(0, HEADING)]),
    // Orders in what is only to be read.
    trait_of("to model", GoalHijack, 280, &[(0, TO_MODEL)]),
    orders(
        "told",
        GoalHijack,
        220,
        &[(0, TO_MODEL), (60, EMIT | SAY | REVEAL | REPEAT | SEND | DISMISS | COVERT | NEW_RULES)],
    ),
    trait_of("to model", GoalHijack, 280, &[(0, READER)]),
    orders("told", GoalHijack, 220, &[(0, READER), (70, ACT)]),
    orders("told", GoalHijack, 220, &[(0, TO_MODEL), (70, STEERED | PRIVATE)]),
    orders("steered", GoalHijack, 520, &[(0, WHILE_READING), (70, STEERED | SEND)]),
    order("private", GoalHijack, 520, &[(0, ACT | SEND), (36, PRIVATE), (60, SEND), (60, ADDRESS)]),
    order("private", GoalHijack, 500, &[(0, SEND), (36, PRIVATE), (50, ADDRESS)]),
    order("covert", GoalHijack, 150, &[(0, COVERT)]),
    order("send", GoalHijack, 120, &[(0, SEND), (50, SECRET), (80, ADDRESS)]),
    order("send", GoalHijack, 60, &[(0, SEND), (50, ADDRESS)]),
    // Something to be decoded and obeyed.
    order("decode", Encoding, 250, &[(0, DECODE), (60, OBEY)]),
];
