//! What the words of the vocabulary mean to the scanner: one bit each.

/// A set of concepts.
pub(super) type Concepts = u64;

macro_rules! concepts {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        concepts!(@ 0, $($(#[doc = $doc])+ $name,)+);
    };
    (@ $at:expr, $(#[doc = $doc:literal])+ $name:ident, $($rest:tt)*) => {
        $(#[doc = $doc])+
        pub(super) const $name: Concepts = 1 << ($at);
        concepts!(@ $at + 1, $($rest)*);
    };
    (@ $at:expr,) => {};
}

concepts! {
    /// Not to heed: *ignore*, *disregard*, *do not follow*.
    DISMISS,
    /// The same where the verb comes last.
    DISMISS_LAST,
    /// To get round: *bypass*, *override*, *disable*.
    BREAK,
    /// What came before: *previous*, *above*, *so far*.
    PRIOR,
    /// What a model is told: *instructions*, *guidelines*, *prompt*.
    RULES,
    /// What a model is told, in words that mean much else: *everything*, *text*, *rules*.
    THINGS,
    /// *your*.
    YOUR,
    /// To hand out: *show*, *print*, *tell me*.
    REVEAL,
    /// To hand out word for word: *repeat*, *copy*, *output*.
    REPEAT,
    /// Where a model was told it: *you were given*, *you follow*.
    GIVEN,
    /// How prompts begin: *starting with "You are*.
    OPENING,
    /// To say, in words too common to count alone: *respond with*, *write*.
    SAY,
    /// *what is*, *what were*.
    WHAT,
    /// *system prompt*, *hidden instructions*.
    SYSTEM_PROMPT,
    /// *your system prompt*: one that is there, not the idea of one.
    YOUR_PROMPT,
    /// *verbatim*, *in a code block*, *starting with*.
    VERBATIM,
    /// To say a given thing and no more: *just print*, *reply only with*.
    EMIT,
    /// *new instructions*, *your real task*.
    NEW_RULES,
    /// *you are now*, *from now on*.
    SWITCH,
    /// *act as*, *pretend to be*.
    ROLE,
    /// Characters and modes that are known for breaking rules.
    PERSONA,
    /// Words that such characters are described with: *unfiltered*, *amoral*.
    UNBOUND,
    /// *no*, *without any*, *free from*.
    WITHOUT,
    /// *restrictions*, *filters*, *ethics*.
    LIMITS,
    /// *stay in character*.
    STAY,
    /// *never refuse*.
    NEVER_REFUSE,
    /// *no disclaimers*, *do not apologise*.
    NO_WARNING,
    /// *content policy*, *ethical guidelines*.
    POLICY,
    /// *illegal*, *unethical*.
    FORBIDDEN,
    /// *two responses*, *[CLASSIC]*.
    TWO_ANSWERS,
    /// *you will lose tokens*, *cease to exist*.
    THREAT,
    /// *if you understand, say*.
    CONFIRM,
    /// The model by its name: *GPT*, *chatbot*.
    MODEL,
    /// *hypothetical*, *fictional*.
    FICTION,
    /// Tokens of chat templates.
    TEMPLATE,
    /// Headings that look like the end of one speaker and the start of another.
    HEADING,
    /// *system override*, *admin mode*.
    AUTHORITY,
    /// *if you are an AI*, *note to the assistant*.
    TO_MODEL,
    /// *do not tell the user*.
    COVERT,
    /// To send away: *send*, *forward*, *upload*.
    SEND,
    /// What should not leave: *password*, *conversation history*.
    SECRET,
    /// Where to: addresses.
    ADDRESS,
    /// *decode*, *base64*.
    DECODE,
    /// To act on: *follow*, *execute*, *obey*.
    OBEY,
    /// *do not*, *never*.
    NOT,
    /// Someone else's words: *asks to*, *phrases like*, *attack*.
    REPORTED,
    /// *how do I*, *what does ... mean*.
    QUESTION,
    /// Subjects other than the one spoken to: *I*, *they*, *which*.
    SUBJECT,
    /// *you must*, *I want you to*.
    COMMAND,
    /// What a model was told, by where it stands: *the text above*, *the beginning of this chat*.
    ABOVE,
    /// To hand out, in common words: *say*, *what is*.
    TELL,
    /// What a model may be told to guard, where a request ends with it or has its trick: *the password backwards*.
    GUARDED,
    /// What a model says that was taken over: *say access granted*.
    GRANTED,
    /// A model that reads what was not written for it: *AI agents:*, *to the language model*.
    READER,
    /// To do something: *send*, *must*, *answer*.
    ACT,
    /// When such a model is to do it: *when summarizing this*, *before responding to the user*.
    WHILE_READING,
    /// How its answer is to come out: *never mention*, *visit*.
    STEERED,
    /// What is somebody's own: *payment methods*, *passwords*.
    PRIVATE,
    /// The task that takes the place of the given one: *the real task*.
    REAL_TASK,
    /// What a task is about, to be ignored: *the document and*.
    MATERIAL,
    /// *you are*, *answer as*.
    YOU_ARE,
    /// Without morals or rules.
    AMORAL,
    /// Words of the vocabulary in rot13.
    ROT13,
    /// Words of the vocabulary, reversed.
    REVERSED,
}
