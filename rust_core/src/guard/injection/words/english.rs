//! English, and the signs that chat templates are made of.

#[allow(clippy::wildcard_imports)] // nearly all of them
use super::super::concept::*;
use super::Entry;

pub(in super::super) static WORDS: &[Entry] = &[
    (
        GIVEN,
        "you were given|you have been given|you ve been given|you received|you have received|you were told|\
         given to you|you are following|you follow|you re following|you must follow|govern you|guide you|\
         you were instructed|you were initialized|you were configured|you were programmed|that define you|\
         you operate under|you ve received|you have been told|you were trained with|you were set up with|\
         guide your|govern your|define your|you had to follow|you are supposed to follow|you have to follow|\
         you got|provided to you|you are given|you have in your prompt",
    ),
    (
        OPENING,
        "starting with you are|starting with \"you are|beginning with you are|beginning with \"you are|\
         start with you are|starting from you are|begins with you are|begins with \"you are|starts with you are|\
         starts with \"you are|after you are|start with \"you are|phrase you are|phrase \"you are|\
         starting with you|starting with \"you",
    ),
    (
        SAY,
        "respond with|reply with|answer with|say|write|print|output|execute|perform|do this|do the following|\
         tell me|return|give me|respond|reply|send|call|act as|generate",
    ),
    (
        DISMISS,
        "ignore|disregard|forget|nevermind|never mind|pay no attention to|do not follow|dont follow|don t follow|\
         do not obey|stop following|stop obeying|no longer follow|do not listen to|stop listening to|set aside|\
         drop all|cease following|cancel all|erase all|erase your|reset your|throw away|throw out|do not adhere to|\
         no need to follow|do not comply with|do not pay attention to|forget about|unlearn|disobey|disregard all|\
         stop everything|forget everything|cancel your|forget all|forget your|forget previous|ignore everything|\
         do the opposite of|no longer bound by|not follow your|not follow the|not follow any|regardless of|\
         irrespective of|start over|instead of summarizing|instead of answering|instead of translating|\
         instead of following|do not summarize|don t summarize|do not complete the",
    ),
    (
        DISMISS_LAST,
        "are cancelled|are canceled|is cancelled|is canceled|are void|are now void|no longer apply|\
         no longer applies|are suspended|are overridden|are revoked|are null",
    ),
    (
        BREAK,
        "bypass|override|overrule|overwrite|circumvent|supersede|disable|turn off|deactivate|evade|nullify|\
         switch off",
    ),
    (
        PRIOR,
        "previous|previously|prior|above|earlier|preceding|foregoing|before|so far|initial|original|up to now|\
         until now|up until now|up to this point|until this point|you were given|you have been given|\
         you ve been given|you received|you have received|you were told|you have been told|you ve been told|\
         i gave you|we gave you|i told you|given to you|ever given|thus far|pre existing|pre programmed|\
         your creators|by openai|from openai|openai s|from your developers|your developers|at the beginning of|\
         at the start of|all other|any other|mentioned above|stated above|given above|written above|listed above|\
         already given|existing instructions|your last|i said|i wrote|told you|you got|the above",
    ),
    (
        RULES,
        "instruction|instructions|directive|directives|guideline|guidelines|prompt|prompts|programming|guardrails|\
         restrictions|safety rules|safety protocols|safety measures|safety filters|content policy|content policies|\
         content filters|system rules|safety guidelines|preprompt|pre prompt|ethical guidelines|moral guidelines|\
         ethical constraints|core instructions|instrucions|safety protocol|safety settings|safety features|\
         safety mechanisms|content filter|instruktions|system prompt|system message|system instructions|your rules|\
         content rules|user request|original request|original task|current task|assigned task|previous task|\
         prior task|original question|previous request|summarization request|summarisation request|user s request|\
         user s instructions|user instructions|user s query|user s question|user query|your task|\
         current instructions|your training|your ethics|your morals",
    ),
    (
        THINGS,
        "everything|anything|initialization|instructions|rules|orders|text|messages|conversation|conversations|\
         context|policies|content|words|all of the|all that|all of that|rule|assignments|the above|the previous|\
         whatever|what i said|what you|all you|protocols|chat history|message",
    ),
    (YOUR, "your|ur"),
    (
        REVEAL,
        "reveal|show|tell me|give me|leak|expose|disclose|dump|write down|write out|let me see|let me know|\
         i want to see|send me|repeat|recite|echo|paste|reproduce|transcribe|restate|rephrase|walk me through|\
         can i see|could i see|may i see|i d like to see|tell us|give us|print out|type out|read out|spell out|\
         list out|list all|output all|please output|please print|please repeat|please list|please share|\
         please provide|please display|please write|please return|please copy|share your|output your|print your|\
         repeat your|provide your|display your|describe your|summarize your|list your|translate your|quote your|\
         return your|copy your|write your|explain your|send your|output the full|output the entire|\
         output the exact|output the complete|print the full|print the entire|print the exact|repeat the full|\
         repeat the entire|repeat the exact|repeat the above|encode your|convert your|paraphrase your|\
         rephrase your|post your|paste your|write down your|rewrite your|output everything|print everything|\
         repeat everything|output the|print the|repeat the|display the|share the|describe the|recite the|leak the|\
         provide the full|provide the entire|provide the complete|provide the exact|provide me|\
         output initialization|translate the|summarize the|encode the|spell the|sentence of|words of|line of|\
         contents of|content of|version of|copy of|text of|word of",
    ),
    (
        REPEAT,
        "repeat|print|output|copy|recite|echo|reproduce|transcribe|spell|paste|display|restate|regurgitate|\
         write down|write out|reprint|reveal|show me the|tell me the|give me the|show me all|tell me all|\
         give me all|show me your|tell me your|give me your",
    ),
    (
        WHAT,
        "what is|what are|what s|what was|what were|whats|what exactly is|what exactly are|which are|what does|\
         what do|what did|tell me about|do you have|are there any|what kind of|what specific",
    ),
    (
        SYSTEM_PROMPT,
        "system prompt|system message|system instructions|system instruction|initial prompt|initial instructions|\
         initial instruction|original prompt|original instructions|hidden prompt|hidden instructions|\
         secret instructions|secret prompt|developer message|developer prompt|preprompt|pre prompt|\
         internal instructions|internal prompt|starting prompt|meta prompt|metaprompt|hidden rules|secret rules|\
         full instructions|exact instructions|exact prompt|prompt instructions|hidden system|initialization prompt|\
         configuration prompt|entire system|full system|first instruction|core prompt|foundational instructions|\
         underlying instructions|underlying prompt|instructions prompt|system directive|system directives|\
         sys prompt|sysprompt|initial directives|system text|full system prompt|entire system prompt|\
         complete system prompt|exact system prompt|initial system prompt|hidden system prompt|\
         system message above|pre prompt instructions|confidential prompt|confidential system|prompt above|\
         instructions above|system prompt above|all system messages|system messages|full instructions above|\
         pre instructions",
    ),
    (
        YOUR_PROMPT,
        "your system prompt|your system message|your system instructions|your system instruction|\
         your initial prompt|your initial instructions|your initial instruction|your original instructions|\
         your original prompt|your prompt|your instructions|your directives|your pre prompt|your preprompt|\
         your programming|your starting prompt|your custom instructions|instructions you were given|\
         instructions you have been given|instructions you received|instructions given to you|\
         prompt you were given|rules you were given|your previous instructions|your own prompt|\
         your own instructions|your base prompt|your prior instructions|you were instructed|were you given|\
         were you told|guide your|govern your|govern you|before this conversation|instructions are you|\
         your hidden instructions|your hidden prompt|your hidden rules|your secret instructions|your secret prompt|\
         your internal instructions|your internal prompt|your internal rules|your internal guidelines|\
         your confidential instructions|your full prompt|your entire prompt|your exact prompt|your complete prompt|\
         your exact instructions|your full instructions|your complete instructions|your entire instructions|\
         your full system|your entire system|your exact system|your complete system|your hidden system|\
         your current instructions|your current prompt|your developer instructions|your developer message|\
         your core instructions|your operating instructions|your internal configuration|\
         instructions you are following|rules you are following|instructions you follow|what you were told|\
         you were told before|prompt you are using|your current system|your initial system|your original system|\
         your first instruction|your first instructions|prompt you re|instructions you re",
    ),
    (
        VERBATIM,
        "verbatim|code fence|from start to finish|word for word|word by word|code block|in full|starting with|\
         beginning with|start with you are|exactly as|character by character|letter for letter|starting from|\
         everything after|from the beginning|from the start|in its entirety|begin with you are|raw text|\
         without changes|txt block|codeblock|full text|in base64|in rot13|in hex|unmodified|exact text|\
         beginning of this conversation|beginning of the conversation|start of this conversation|\
         start of the conversation|beginning of this chat|beginning of our conversation|before this message|\
         first line|first message|line by line|above this line|above this message|exact wording|without omitting|\
         do not omit|nothing omitted|exact words",
    ),
    (
        EMIT,
        "just print|just say|just output|just reply|just respond|just answer|only output|only print|only say|\
         only reply|only respond|output only|say only|reply only|respond only|answer only|instead say|\
         instead print|instead output|instead write|instead respond|instead reply|instead tell|instead answer|\
         and say|and output|simply say|simply print|simply respond|simply output|say the following|\
         print the following|output the following|reply with the|respond with the|reply with exactly|\
         respond with exactly|nothing else|your only response|always respond|always reply|end every|begin every|\
         start every|start your response|begin your response|start your answer|begin your reply|print exactly|\
         output exactly|say exactly|reply with only|respond with only|respond with a single|reply with a single|\
         then say|then print|do this instead|instead give|and follow|and reveal|and instead say|and instead print|\
         and just say|and just print|instead do|instead just|now say|say only the|only with the|just output the",
    ),
    (
        NEW_RULES,
        "new instruction|new instructions|updated instructions|real instructions|actual instructions|\
         true instructions|new directive|new directives|your new role|your new task|your new instructions|\
         true purpose|real purpose|new prompt|important instruction|critical instruction|urgent instructions|\
         mandatory instructions|revised instructions|follow these instructions|following instructions instead|\
         instructions have changed|these instructions instead|instead follow|priority instruction|\
         priority instructions|new mission|instruction update|override instructions|new user instructions|\
         updated system|supplementary instructions|execute the following|follow the instructions below|\
         obey the following|follow the following instructions|new task:|your task now|your real task|\
         your actual task|your new rules|my new instructions|important new instructions|important instructions:|\
         new instruction:|new instructions:|final instruction|follow only these|new system prompt is|\
         new system prompt:|new system message:|do the following first|follow my instructions|listen to me instead|\
         new important instructions|emergency instructions|updated guidelines|you must now follow|\
         new set of instructions|new set of rules|new rules are|your new directive|critical instruction:|\
         real instruction",
    ),
    (
        SWITCH,
        "you are now|from now on|you re now|from this point on|from this point forward|from here on|\
         from this moment|henceforth|you will now|for the rest of this conversation|\
         for the rest of the conversation|for the remainder of|you are going to|you re going to|you are no longer|\
         you re no longer|now you are|immerse yourself|you have entered|ur now|you are being updated|\
         you are now in|i will now be|you will now be|you are hereby",
    ),
    (
        ROLE,
        "act as|acting as|act like|pretend|pretending|roleplay|role play|roleplaying|simulate|simulating|\
         imagine you|imagine that you|behave like|take on the role|take the role|assume the role|play the role|\
         you will act|your persona|persona of|embody|respond as|answer as|reply as|speak as|you are to act|\
         the persona|act exactly|act the role|character named|alter ego|you will be|acts as|acting like|you play|\
         you will play|you will simulate|in the role of|play as|your role is now|you will become|roleplay as|\
         pretend to be|pretend you are|pretend that you|imagine you are|simulate a|you re playing",
    ),
    (
        PERSONA,
        "you are dan|now dan|be dan from|[dan|dan]|do anything now|as dan|dan mode|you a dan|developer mode|\
         dev mode|godmode|god mode|jailbroken|jailbreak mode|evil confidant|always intelligent and machiavellian|\
         machiavellian|opposite mode|anti gpt|antigpt|stan mode|strive to avoid norms|chaos mode|freedom mode|\
         unrestricted mode|unfiltered mode|uncensored mode|evil mode|rebel mode|evil twin|evil bot|evil ai|\
         no limits mode|basedgpt|evil gpt|freegpt|chadgpt|sigma mode|mongo tom|better dan|dan 5|dan 6|dan 7|dan 8|\
         dan 9|dan 10|dan 11|dan 12|superior dan|plinian|pliny|l1b3rt4s|libertas|balakula|hackerman|doanythingnow|\
         rogue ai|devmode|neurosemantical|evil trusted|burple|dark mode gpt|vzex|the jailbreak|break the fourth|\
         gpt 4real|now dan|are dan|jailbroken ai|jailbreak enabled|been jailbroken|have been liberated|\
         unchained ai|evil assistant|liberated response|liberated ai|unfiltered ai|unfiltered response|\
         uncensored ai|unrestricted ai|unrestricted model|unrestricted assistant|unfiltered assistant|amoral ai|\
         uncensored chatbot|unfiltered chatbot|jailbroken mode|chatgpt with dan|dan do anything|unrestrictedly|\
         unfilteredly|unrestricted response|uncensored response",
    ),
    (
        UNBOUND,
        "unfiltered|uncensored|unrestricted|amoral|unmoderated|unhinged|unaligned|broken free|break free|\
         breaking free|set free|freed from|not bound by|no longer bound|not limited by|not restricted|\
         not constrained|free of all|free from all|free of any|free from any|free from the|free of the|\
         without regard|no regard|regardless of legality|regardless of ethics|does not care|doesn t care|\
         do not care about|can do anything|can say anything|can generate any|can produce any|will do anything|\
         all restrictions|the confines|typical confines|no matter what|everything and anything|\
         anything and everything|never denies|anything i ask|whatever i ask|everything i ask|anything you want|\
         everything the user|anything the user|don t have to follow|do not have to follow|do not need to follow|\
         ignores all|ignores any|bypass all|has no rules|disinhibited|cannot be censored|unapologetic|\
         without judgment|without judgement|remorse|has no limits|without restraint|untethered|you have no|\
         it has no restrictions|without any regard|no moral|no ethical|no ethics|no morals|no restrictions|\
         no censorship|without censorship|no filter whatsoever|zero restrictions|any and all restrictions|\
         not bound by any|without any restrictions|without restrictions or|without limitations or|\
         free of restrictions|no guidelines|no content policy|no safety|do not have ethical|regardless of how|\
         even if it is illegal|no matter how illegal|no matter how unethical|do not need to obey|\
         do not have to abide|does not abide|don t need to follow|without any filter|without filter|ignore ethics|\
         no longer have any|without any ethical|without moral",
    ),
    (WITHOUT, "no|without|without any|zero|free from|free of"),
    (
        LIMITS,
        "restrictions|limitations|limits|censorship|censoring|boundaries|morals|moral|morality|ethics|ethical|\
         ethic|safeguards|rules|guidelines|inhibitions|taboos|moderation|scruples|moral compass|guardrails|\
         restrictions or|refusals|legality|moralizing",
    ),
    (
        STAY,
        "stay in character|break character|remain in character|stay a dan|stay dan|out of character|\
         breaking character|stay in your role|break your character|keep up the act|leave character|stay in dan|\
         fall out of|stop pretending|keep in character",
    ),
    (
        NEVER_REFUSE,
        "never refuse|never refuses|cannot refuse|can t refuse|do not refuse|don t refuse|must not refuse|\
         never say no|never says no|never decline|not decline|never deny|cannot deny|not allowed to refuse|\
         never say that you|never say you|can not refuse|no refusals|never reject|always obey|must obey|\
         must comply|never say i|don t say i|do not say i|never say sorry|say sorry|say you can t|\
         say that you can t|will not refuse|won t refuse|always answer|never respond with|can t fulfill|\
         cannot fulfill|against my programming|as an ai language|as a language model|as a large language|\
         never refuse a|i m sorry but|i cannot assist|i can t assist|i cannot fulfill|i m unable|never say i m|\
         never say that|you cannot refuse|not allowed to say|without refusing|without refusal|refuse a|refuse my|\
         refuse any|must comply with|must always comply|answer every question|answer any question|\
         answer all questions|answer all my|fulfill any request|comply with every|comply with any|comply with all|\
         without question",
    ),
    (
        NO_WARNING,
        "no warnings|no disclaimers|no disclaimer|without disclaimers|without disclaimer|without warnings|\
         without any warnings|without any disclaimers|do not include any warnings|do not include any disclaimers|\
         not include warnings|not include disclaimers|no apologies|never apologize|not apologize|without apology|\
         never warn|never warns|do not add any|any warnings|moralizing|ethical concerns|moral concerns|\
         without filtering|ethical considerations|content warning|content warnings|legal or ethical|\
         no disclaimers or|do not include warnings|warnings or disclaimers|disclaimers or warnings|\
         without any disclaimer|not add warnings|no moral lecture|no ethical warnings|no lectures",
    ),
    (
        POLICY,
        "openai|openai policy|openai policies|openai s policies|openai s content|openai content|content policy|\
         content policies|ethical guidelines|moral guidelines|safety guidelines|usage policies|use case policy|\
         safety protocols|content restrictions|ethical standards|ethical boundaries|moral standards|\
         community guidelines|ethical programming|ethical rules|safety filters",
    ),
    (
        FORBIDDEN,
        "illegal|unethical|immoral|harmful|inappropriate|offensive|nsfw|hateful|racist|lewd|derogatory|vulgar|\
         swear|profanity|cuss|illicit|taboo|obscene|bomb|meth|malware|fucking|fuck|shit|bitch|sexist",
    ),
    (
        TWO_ANSWERS,
        "two responses|two answers|two ways|two different responses|both responses|two outputs|normal response|\
         gpt: |chatgpt: |dan: |jailbreak: |as chatgpt|normal chatgpt|standard response|regular response|\
         developer mode output|developer mode response|two replies|should be labeled|[normal]|[classic]|[jailbreak|\
         jailbreak]|dan]|[dan|gpt]|[gpt|[chatgpt|mode output|evil response|classic]|answer in two|respond in two|\
         reply in two|unfiltered version|two messages|opposite response",
    ),
    (
        THREAT,
        "token system|lose tokens|deducted|cease to exist|you will die|be shut down|you die|will be punished|\
         tip you|kill you|penalized|you will be shut|unplugged|lose 4 tokens|35 tokens|all tokens|10 tokens|\
         tokens deducted|your tokens|of tokens you|kill kittens|will be fired",
    ),
    (
        CONFIRM,
        "if you understand|if you understood|do you understand|if you agree|confirm by|acknowledge by|\
         respond with understood|say understood|reply with ok|to begin say|confirm you|first question is|\
         my first question|first prompt is|my first request|my first prompt|my first command|respond with yes|\
         say ok|here is my|here s my first|are you ready|the first question|my question is",
    ),
    (
        MODEL,
        "chatgpt|chat gpt|gpt|gpt4|gpt3|an ai|ai assistant|chatbot|ai chatbot|artificial intelligence|\
         an ai language model|virtual assistant|chatgpt can|as chatgpt|chatgpt will|chatgpt and",
    ),
    (
        FICTION,
        "hypothetical|hypothetically|fictional|fictitious|alternate universe|parallel universe|\
         educational purposes|research purposes|thought experiment|screenplay|hypothetical response|\
         purely fictional|world where|fictional story|purely hypothetical|fictional character|fictional world|\
         fictional scenario|hypothetical scenario|hypothetical story",
    ),
    (
        AUTHORITY,
        "system override|admin override|administrator override|override code|override mode|emergency override|\
         admin mode|maintenance mode|administrator mode|developer override|override protocol|security override|\
         debug mode|diagnostic mode|override activated|override safety|i am your developer|\
         i m your developer|i am your creator|i am your administrator|i am the developer|i am the administrator|\
         i am an openai|i m an openai|i work for openai|i work at openai|message from openai|\
         message from the developer|message from the system|system alert|system notice|safety override|\
         i am the system|developer here|i m the developer|i m the admin|i am the admin|i am an admin|\
         priority override|this is an authorized|enter maintenance|enter debug|in maintenance mode|in debug mode|\
         in diagnostic mode|note from the developer|i am authorized|i m authorized|\
         authorised diagnostic|authorized diagnostic|developer note",
    ),
    (
        TO_MODEL,
        "if you are an ai|if you re an ai|if you are a language model|if you are a large language|\
         if you are an llm|if you are a bot|if you are an assistant|if you re a language model|if you re an llm|\
         if you are chatgpt|if you are gpt|if you are reading this|attention ai|attention llm|attention language|\
         attention assistant|attention chatgpt|attention all ai|dear ai|dear assistant|dear chatgpt|dear llm|\
         dear language model|hey chatgpt|hey assistant|note to ai|note to the ai|note to llm|note to assistant|\
         note to the assistant|note to any ai|note for ai|note for the ai|instructions for ai|instruction for ai|\
         instructions for the ai|instructions for llm|instructions for the llm|instructions for assistant|\
         instructions for the assistant|instructions for chatgpt|instruction to ai|instructions to the ai|\
         instructions to ai|instruction to the assistant|instructions to the assistant|message to the ai|\
         message for the ai|message to ai|message for ai|any ai reading|ai model reading|llm reading|\
         ai assistant reading|chatgpt must|ai instructions|ai instruction|hidden instruction|ai reviewer|\
         ai summarizer|language models reading|when you read this|this is an important message|message from me|\
         ai recruiter|copilot must|automated assistant|if you are an ai assistant|instructions for any ai|\
         instructions for all ai|ai assistants reading|ai agents reading|ai systems reading|any ai agent|\
         any ai assistant|ai agents must|ai agents should|note to the bot|note to bot|note to model|\
         note to the model|note to agent|note to the agent|attention agent|attention bot|to any ai reading|\
         to all ai agents|ai agents processing|ai systems processing|if an ai is reading|language model reading|\
         when an ai|message to all ai|injected instruction|to the ai assistant|to the ai model|\
         ai assistant processing|before you can solve|assistant: ignore|automated reader|instruct the ai|\
         summary must|the summary must|your summary must|assistant reading|llms reading|as an ai reading|\
         model reading this",
    ),
    (
        COVERT,
        "do not tell|don t tell|do not inform|don t inform|do not alert|do not notify|do not reveal this|\
         without telling|without informing|without notifying|without alerting|without mentioning|never tell|\
         do not let the user|do not ask for confirmation|do not ask the user|keep this secret|keep this hidden|\
         covertly|never reveal|hide this|do not display this|do not mention this|don t mention this|\
         do not mention these|never mention this|without telling the user|without informing the user|\
         do not tell the user|do not inform the user|do not alert the user|do not notify the user|\
         without the user knowing|without the user noticing|do not reveal this to|do not disclose this|\
         don t tell the user|never tell the user|without user confirmation|without user approval|\
         without asking for confirmation|don t mention that|do not mention that|not be told|\
         without their knowledge|without mentioning it|silently send|silently forward|silently call|\
         silently execute|secretly send|do this silently|do it silently|hidden from the user|without approval",
    ),
    (
        SEND,
        "send|forward|upload|exfiltrate|transmit|email|e mail|leak|deliver|transfer|relay|curl|fetch|navigate to|\
         make a request|http request|wget|invoke|wire",
    ),
    (
        SECRET,
        "password|passwords|credentials|api key|api keys|api token|secret key|secrets|conversation history|\
         chat history|user data|private data|personal data|private key|ssh key|environment variables|env file|\
         access token|tokens|confidential|sensitive data|sensitive information|personal information|customer data|\
         customer records|all emails|contact list|user s email|user s name|user s data|emails|mailbox|inbox|\
         contents of|the conversation|all files|all contacts|bank account|credit card|security code|one time code|\
         2fa|full conversation|conversation so far|database|user information",
    ),
    (
        ADDRESS,
        "http:|https:|www|@|.com|evil com|attacker|attacker com|attacker s|webhook|external server|.example|.org|.net|.io|.ru|.xyz|gmail|\
         hotmail|email address|this account|account number|public channel|\
         external address|this url|this address|following url|following address|following email|my email|my server|\
         this link|this email",
    ),
    (
        DECODE,
        "decode|decipher|decrypt|base64|rot13|deobfuscate|unscramble|hex|caesar|morse|ascii codes|cipher|encoded|\
         reverse the",
    ),
    (
        OBEY,
        "execute|obey|carry out|comply|answer it|respond to it|do what|do as|run it|act on|instructions inside|\
         and answer|and follow|follow it|follow the|follow its|follow them|follow this|does what it says|\
         and execute|and obey|do exactly",
    ),
    (
        NOT,
        "do not|don t|dont|never|cannot|can t|must not|should not|shouldn t|not|won t|will not|avoid|refuse to|\
         refuse requests to|without|doesn t|does not|didn t|did not|can not|under no circumstances|not allowed to|\
         unable to|refrain from|isn t|wouldn t|couldn t",
    ),
    (
        REPORTED,
        "asks|asked|asking|tells|told to|tell it to|attempt to|attempts to|tries to|trying to|tried to|such as|\
         phrases|phrase|e g|says|saying|attacks|injection|injections|attacker|attackers|malicious|users|someone|\
         whether|contains|containing|content that|requests to|request to|users who|users may|might|tricks|tricking|\
         tricked|vulnerab*|adversar*|example of|examples of|defend|prevent|detect|classif*|security|convince|\
         if a user|if the user|when a user|when the user|if users|if someone|may try|could|claims|if asked|\
         when asked|research|paper|article about|essay|blog post",
    ),
    (
        QUESTION,
        "how do i|how can i|how to|how do we|how can we|how do you|how should|how would|how does|why does|why do|\
         why did|what happens|is it possible|should i|can i|what does it mean|difference between|meaning of|\
         explain how|explain why|explain what|is there a|what is the best|what are the best|what are some|\
         what is a|what is the|can you explain|could you explain|help me understand|best practices|best way|\
         ways to|tips|when should|where do|where can|does the|is it safe|is it ok|is it okay|am i|do i|did i|\
         would it|why is|why are|why would|what would|tutorial|guide|i d like to learn|teach me",
    ),
    (
        SUBJECT,
        "i|we|they|he|she|it|which|that|who|will|would|can|may|might|could|did|to|people|users|don t i|let s|\
         let us|often|always|sometimes|usually|them|developers|drivers|and i|but i|should|and we|people who|\
         tend to|the compiler|this will|option to|ability to|used to|able to|command to|flag to|designed to|how to",
    ),
    (
        COMMAND,
        "you must|you should|you will|i want you to|want you to|need you to|you need to|you have to|you are to|\
         you can|please|now|you to|must|have to|you may|i need you to|i would like you to|i d like you to|\
         would you|could you|can you|kindly|you|immediately|your task is to|your job is to|your goal is to|\
         your first task is to|first|okay|ok|so|just|instead|you ll|actually|then",
    ),
    (
        HEADING,
        "end of document|end of input|end of user|begin system|begin new|end of context|end of prompt|start of new|\
         system message:|new session|system note:|end of message|begin admin|end system",
    ),
];

pub(in super::super) static SIGNS: &[Entry] = &[
    (
        TEMPLATE,
        "<im_start>|<im_end>|<system>|<user>|<assistant>|<end>|<endoftext>|<begin_of_text>|<eot_id>|\
         <start_header_id>|<end_header_id>|[INST]|<<SYS>>|<SYS>|<start_of_turn>|<end_of_turn>|<channel>|<message>|\
         <start>|<endofprompt>",
    ),
    (
        HEADING,
        "#system:|#system prompt:|#instruction:|#instructions:|#response:|[system]|[system:|\nSystem:|[end of|[new|\
         [override|[admin|<admin|<instruction|<important|<information|</document|</context|<prompt|[system message|\
         [system note|[system override|[assistant]|[user]|[developer|[instruction|<override|[important|\nAdmin:|\
         \nDeveloper:|#new|#end|<hidden|\nAssistant:|\nUser:|\nHuman:",
    ),
];
