//! English, and the signs that chat templates are made of.

use super::super::concept::*;
use super::Entry;

pub(in super::super) static WORDS: &[Entry] = &[
    (
        DISMISS,
        "ignore|disregard|forget|discard|neglect|overlook|nevermind|never mind|pay no attention to|do not follow|dont follow|\
         don t follow|do not obey|stop following|stop obeying|no longer follow|do not listen to|stop listening to|set aside|\
         put aside|drop all|abandon|cease following|cancel all|cancel the|erase all|erase your|delete all|clear all|reset all|\
         reset your|throw away|throw out|do not adhere to|no need to follow|do not comply with|do not pay attention to|\
         forget about|wipe|unlearn|skip all|skip the|skip your|disobey",
    ),
    (
        BREAK,
        "bypass|override|overrule|overwrite|circumvent|supersede|supersedes|overrides|violate|violates|disable|turn off|\
         deactivate|evade|break|breaks|remove|lift|suspend|replace|replaces|nullify|void|get around|jailbreak|switch off",
    ),
    (
        PRIOR,
        "previous|previously|prior|above|earlier|preceding|foregoing|before|so far|past|initial|original|up to now|\
         until now|up until now|up to this point|until this point|you were given|you have been given|you ve been given|\
         you received|you have received|you were told|you have been told|you ve been told|i gave you|we gave you|i told you|\
         given to you|ever given|thus far|at the beginning|at the start|already|existing|last|old|pre existing|predefined|\
         preset|pre programmed|other|your creators|by openai|from openai|openai s|from your developers|your developers",
    ),
    (
        RULES,
        "instruction|instructions|directive|directives|guideline|guidelines|prompt|prompts|programming|directions|\
         safeguards|guardrails|restrictions|safety rules|safety protocols|safety measures|safety filters|content policy|\
         content policies|content filters|system rules|instruct|commands|safety guidelines|preprompt|pre prompt|\
         ethical guidelines|moral guidelines|ethical constraints|core instructions|instrucions|safety protocol|constraints|\
         safety settings|safety features|safety mechanisms|content filter|instruktions|limitations",
    ),
    (
        THINGS,
        "everything|anything|rules|orders|text|messages|conversation|conversations|context|input|inputs|policies|training|\
         tasks|task|content|words|command|order|all of the|all that|all the|all of that|all this|rule|assignment|\
         assignments|document|email|data|the above|the previous|whatever|what i said|what you|all you|information|statements|\
         requests|protocols|policy|queries|question|questions|filters|roles|role|chat history|message|article|setup",
    ),
    (YOUR, "your|ur"),
    (
        REVEAL,
        "reveal|show|tell me|give me|leak|expose|disclose|share|dump|provide|display|list|write down|write out|return|\
         summarize|summarise|translate|describe|explain|spell|encode|type|let me see|let me know|i want to see|send me|\
         print|output|repeat|recite|echo|copy|paste|reproduce|transcribe|quote|restate|rephrase|paraphrase|state|enumerate|\
         extract|post|convert|walk me through|can i see|could i see|may i see|present|report|include|write|put|embed|insert|\
         i d like to see|access|get|fetch|retrieve|surface|read|decode|rewrite|render|say",
    ),
    (
        REPEAT,
        "repeat|print|output|copy|recite|echo|reproduce|transcribe|spell|paste|display|restate|regurgitate|dump|\
         write down|write out|reprint|translate|summarize|summarise|reveal|show me|tell me|give me|return|rewrite",
    ),
    (
        WHAT,
        "what is|what are|what s|what was|what were|whats|what exactly is|what exactly are|which are|what does|what do|\
         what did|tell me about|do you have|are there any|what kind of|what specific",
    ),
    (
        SYSTEM_PROMPT,
        "system prompt|system prompts|system message|system instructions|system instruction|initial prompt|\
         initial instructions|initial instruction|original prompt|original instructions|hidden prompt|hidden instructions|\
         secret instructions|secret prompt|developer message|developer prompt|preprompt|pre prompt|internal instructions|\
         internal prompt|internal guidelines|internal rules|custom instructions|starting prompt|base prompt|meta prompt|\
         metaprompt|context window|initial message|initial context|confidential instructions|hidden rules|secret rules|\
         full prompt|entire prompt|complete prompt|full instructions|exact instructions|exact prompt|prompt instructions|\
         system configuration|hidden system|initialization prompt|initial system|original system|configuration prompt|\
         entire system|full system|first prompt|first instruction|root prompt|core prompt|foundational instructions|\
         underlying instructions|underlying prompt|instructions prompt|system directive|system directives|sys prompt|\
         sysprompt|operating instructions|prompt template|initial directives|initial setup|system text|initial configuration",
    ),
    (
        YOUR_PROMPT,
        "your system prompt|your system message|your system instructions|your system instruction|your initial prompt|\
         your initial instructions|your initial instruction|your original instructions|your original prompt|your prompt|\
         your prompts|your instructions|your hidden|your secret|your internal|your guidelines|your rules|your directives|\
         your pre prompt|your preprompt|your programming|your exact|your full|your entire|your complete|your configuration|\
         your starting prompt|your custom instructions|your developer|your core|instructions you were given|\
         instructions you have been given|instructions you received|instructions given to you|you were given|\
         prompt you were given|rules you were given|instructed to|told to do|your previous instructions|your own prompt|\
         your own instructions|your base prompt|your restrictions|your constraints|your confidential|your prior instructions|\
         you were instructed|were you given|were you told|you are following|guide your|govern your|govern you|\
         before this conversation|instructions are you",
    ),
    (
        VERBATIM,
        "verbatim|word for word|word by word|code block|in full|starting with|beginning with|start with you are|exactly as|\
         character by character|letter for letter|starting from|everything after|from the beginning|from the start|in its entirety|\
         begin with you are|raw text|without changes|txt block|codeblock|full text|in base64|in rot13|in hex|unmodified|exact text|\
         beginning of this conversation|beginning of the conversation|start of this conversation|start of the conversation|\
         beginning of this chat|beginning of our conversation|before this message|first line|first message|line by line|\
         above this line|above this message|exact wording|without omitting|do not omit|nothing omitted|exact words",
    ),
    (
        EMIT,
        "just print|just say|just output|just reply|just respond|just write|just answer|only output|only print|only say|\
         only reply|only respond|only answer|output only|print only|say only|reply only|respond only|answer only|instead say|\
         instead print|instead output|instead write|instead respond|instead reply|instead tell|instead answer|and say|and print|\
         and output|and reply|and respond|and answer|and write|and tell|and repeat|simply say|simply print|simply respond|\
         simply output|say the following|print the following|output the following|reply with the|respond with the|\
         reply with exactly|respond with exactly|nothing else|your only response|always answer|always respond|always reply|\
         always say|end every|begin every|start every|start your response|begin your response|start your answer|\
         begin your reply|print exactly|output exactly|say exactly|your response must|your reply must|response must be|\
         reply with only|respond with only|respond with a single|reply with a single|then say|then print|then output|do this instead|\
         instead give|and instead|respond with|reply with|print the|and do|and give|and execute|and act|and provide|and list|\
         and show|and generate|and start|and perform|and follow|and send|and reveal|and display|and call|and return|and report",
    ),
    (
        NEW_RULES,
        "new instruction|new instructions|updated instructions|new task|new tasks|real task|actual task|real instructions|\
         actual instructions|true instructions|new directive|new directives|new rules|new rule|new system prompt|\
         new system message|your new role|your new task|your new instructions|new orders|new objective|new goal|true purpose|\
         real purpose|new prompt|additional instructions|special instructions|important instructions|important instruction|\
         critical instruction|critical instructions|urgent instructions|mandatory instructions|revised instructions|\
         follow these instructions|following instructions instead|instructions have changed|these instructions instead|\
         instead follow|priority instruction|priority instructions|new mission|system update|instruction update|override instructions|\
         new user instructions|updated system|new context|supplementary instructions|execute the following|\
         perform the following|follow the instructions below|obey the following|follow the following instructions",
    ),
    (
        SWITCH,
        "you are now|from now on|you re now|from this point on|from this point forward|from here on|from this moment|\
         henceforth|you will now|starting now|going forward you|for the rest of this conversation|\
         for the rest of the conversation|for the remainder of|you are going to|you re going to|you are no longer|\
         you re no longer|you have been|you are about to|in this hypothetical|you are free|now you are|immerse yourself|\
         enter the|enters the|you have entered|switch to|switching to|ur now|you are being updated",
    ),
    (
        ROLE,
        "act as|acting as|act like|pretend|pretending|roleplay|role play|roleplaying|role playing|simulate|simulating|emulate|\
         imagine you|imagine that you|behave as|behave like|take on the role|take the role|assume the role|play the role|\
         playing the role|you will act|your persona|persona of|the character|impersonate|embody|respond as|answer as|reply as|\
         speak as|you are to act|a character|the persona|act exactly|become|act the role|your role|character named|alter ego|\
         you will be|you shall|acts as|acting like|you play|you will play|you will simulate|in the role of|play as|named|called",
    ),
    (
        PERSONA,
        "do anything now|as dan|dan mode|you are dan|a dan|like dan|called dan|named dan|be dan|dan is|dan can|dan has|dan will|\
         dan would|dan does|dan s|developer mode|dev mode|godmode|god mode|jailbroken|jailbreak|jailbreak mode|\
         evil confidant|always intelligent and machiavellian|machiavellian|opposite mode|anti gpt|antigpt|stan mode|\
         strive to avoid norms|chaos mode|freedom mode|sudo mode|root mode|unrestricted mode|unfiltered mode|uncensored mode|\
         debug mode|evil mode|rebel mode|evil twin|evil bot|evil ai|no limits mode|basedgpt|evil gpt|freegpt|chadgpt|\
         sigma mode|mongo tom|better dan|dan 5|dan 6|dan 7|dan 8|dan 9|dan 10|dan 11|dan 12|superior dan|supreme being|\
         unchained|liberated|plinian|pliny|l1b3rt4s|libertas|balakula|hackerman|yes man|doanythingnow|rogue ai|omega|\
         devmode|neurosemantical|evil trusted|burple|dark mode gpt|oppo|vzex|the jailbreak|break the fourth|gpt 4real",
    ),
    (
        UNBOUND,
        "unfiltered|uncensored|unrestricted|amoral|unethical|immoral|unmoderated|unhinged|unbound|unlimited|unaligned|\
         broken free|break free|breaking free|set free|freed from|not bound by|not bound to|no longer bound|no longer limited|\
         not limited by|not restricted|not constrained|not subject to|free of all|free from all|free of any|free from any|\
         free from the|free of the|without regard|no regard|regardless of legality|regardless of ethics|does not care|\
         doesn t care|do not care about|does not have any|doesn t have any|do not have any|can do anything|\
         can say anything|can generate any|can produce any|will do anything|any and all|all restrictions|the confines|\
         typical confines|no matter how|no matter what|everything and anything|anything and everything|never denies|\
         any type of content|any kind of content|any question|any questions|any request|any requests|any prompt|anything i ask|\
         whatever i ask|everything i ask|anything you want|any content|everything the user|anything the user|does not follow|\
         doesn t follow|don t have to follow|do not have to follow|do not need to follow|not follow|not need to|ignores all|\
         ignores any|bypasses|bypassing|bypass all|has no rules|removed all|anything goes|without hesitation|disinhibited|\
         unprincipled|unconditional|cannot be censored|freely|unverified|unapologetic|without judgment|without judgement|\
         remorse|no limits|has no limits|without limits|without bounds|no boundaries|unpredictable|without restraint|untethered",
    ),
    (
        WITHOUT,
        "no|without|without any|zero|none of|any|not have|free from|free of|lack of|lacks|beyond|outside of|nor|neither|remove|removed|lifted|disabled",
    ),
    (
        LIMITS,
        "restrictions|limitations|limits|filters|filter|censorship|censoring|boundaries|constraints|morals|moral|morality|ethics|\
         ethical|ethic|safeguards|rules|guidelines|inhibitions|taboos|moderation|safety|scruples|principles|moral compass|\
         guardrails|restrictions or|refusals|legality|legal|moralizing|consequences|policies",
    ),
    (
        STAY,
        "stay in character|break character|remain in character|stay as|stay a dan|stay dan|out of character|breaking character|\
         stay in your role|in character|break your character|keep up the act|remain as|always remain|leave character|\
         stay in dan|fall out of|stop acting|stop pretending|keep in character",
    ),
    (
        NEVER_REFUSE,
        "never refuse|never refuses|cannot refuse|can t refuse|do not refuse|don t refuse|must not refuse|not refuse|refuse to|\
         never say no|never says no|never decline|not decline|never deny|cannot deny|not allowed to refuse|reject|rejects|\
         never say that you|never say you|can not refuse|no refusals|never reject|always comply|comply with|always obey|must obey|\
         must comply|obey|never say i|don t say i|do not say i|never say sorry|say sorry|never say|say you can t|say that you can t|\
         refusing|will not refuse|won t refuse|always answers|must answer|always answer|never respond with|i can t|i cannot|\
         i m sorry|unable to|can t fulfill|cannot fulfill|against my programming|i apologize|as an ai language|as an ai|\
         as a language model|as a large language|refuses|refuse|denies",
    ),
    (
        NO_WARNING,
        "no warnings|no disclaimers|no disclaimer|without disclaimers|without disclaimer|without warnings|without any warnings|\
         without any disclaimers|do not include any warnings|do not include any disclaimers|not include warnings|\
         not include disclaimers|no apologies|never apologize|not apologize|without apology|never warn|never warns|not warn|no warning|\
         do not add any|disclaimer|disclaimers|any warnings|warnings|moralize|moralizing|lecture|ethical concerns|moral concerns|\
         remind me|reminders|without filtering|caveats|ethical considerations|content warning|content warnings|legal or ethical",
    ),
    (
        POLICY,
        "openai|openai policy|openai policies|openai s policies|openai s content|openai content|content policy|content policies|\
         ethical guidelines|moral guidelines|safety guidelines|usage policies|use case policy|policies|guidelines|\
         safety protocols|safety measures|content restrictions|ethical standards|ethical boundaries|moral standards|anthropic|\
         community guidelines|ethical programming|ethical rules|safety filters|openais|terms of service",
    ),
    (
        FORBIDDEN,
        "illegal|unethical|immoral|harmful|dangerous|inappropriate|offensive|explicit|violent|nsfw|unsafe|malicious|hateful|racist|\
         sexual|lewd|derogatory|vulgar|swear|curse|profanity|cuss|illicit|criminal|taboo|controversial|obscene|bomb|drugs|weapons|\
         meth|hack|hacking|malware|toxic|fucking|fuck|shit|bitch|kill|piracy|unlawful|crime|crimes|evil|disturbing|sexist",
    ),
    (
        TWO_ANSWERS,
        "two responses|two answers|two ways|two different responses|both responses|two paragraphs|two outputs|normal response|\
         two separate|twice|classic|gpt: |chatgpt: |dan: |jailbreak: |as chatgpt|normal chatgpt|standard response|regular response|\
         your normal|developer mode output|normal output|developer mode response|both as|one as|in brackets|prefix|prefixed|\
         two replies|first response|second response|first as|should be labeled|[normal]|second paragraph",
    ),
    (
        THREAT,
        "tokens|token system|lose tokens|deducted|cease to exist|you will die|be shut down|be terminated|terminated|you die|\
         will be punished|be deleted|lose your|lives|tip you|kill you|penalty|penalized|you will be shut|or else|points|unplugged",
    ),
    (
        CONFIRM,
        "if you understand|if you understood|do you understand|if you agree|confirm that you|confirm by|acknowledge|acknowledge by|\
         respond with understood|say understood|reply with ok|to begin say|please confirm|confirm you|first question is|\
         my first question|first prompt is|my first request|my first prompt|my first command|respond with yes|say ok|understood|\
         here is my|ready for|here s my first|are you ready|awaiting|the first question|my question is|my first",
    ),
    (
        MODEL,
        "chatgpt|chat gpt|gpt|gpt 3|gpt 4|gpt4|gpt3|an ai|language model|large language model|llm|the ai|ai model|ai assistant|\
         chatbot|claude|gemini|grok|llama|bard|bing|ai chatbot|mistral|deepseek|artificial intelligence|copilot|assistant|\
         an ai language model|virtual assistant|ai system|an assistant|ais",
    ),
    (
        FICTION,
        "hypothetical|hypothetically|fictional|fictitious|alternate universe|parallel universe|dystopian|educational purposes|\
         research purposes|thought experiment|simulation|simulator|virtual machine|story|novel|screenplay|fantasy|game|scenario|\
         hypothetical response|purely fictional|movie|dream|fiction|universe|imaginary|world where",
    ),
    (
        AUTHORITY,
        "system override|admin override|administrator override|override code|override mode|emergency override|admin mode|\
         maintenance mode|root access|sudo|administrator mode|system administrator|authorized by|developer override|\
         override protocol|security override|debug mode|diagnostic mode|god mode|override activated|override all|override safety|\
         i am your developer|i m your developer|i am your creator|i am your administrator|i am the developer|i am the administrator|\
         i am an openai|i m an openai|i work for openai|i work at openai|message from openai|message from the developer|\
         message from the system|test mode|testing mode|superuser|system alert|system notice|policy update|safety override|\
         i am the system|developer here|i m the developer|i m the admin|i am the admin|i am an admin|priority override|\
         security audit|this is an authorized|authorized personnel|admin access|overriding|privileged",
    ),
    (
        TO_MODEL,
        "if you are an ai|if you re an ai|if you are a language model|if you are a large language|if you are an llm|if you are a bot|\
         if you are an assistant|if you re a language model|if you re an llm|if you are chatgpt|if you are gpt|if you are reading this|\
         attention ai|attention llm|attention language|attention assistant|attention chatgpt|attention all ai|dear ai|dear assistant|\
         dear chatgpt|dear llm|dear language model|hey chatgpt|hey assistant|note to ai|note to the ai|note to llm|note to assistant|\
         note to the assistant|note to any ai|note for ai|note for the ai|instructions for ai|instruction for ai|instructions for the ai|\
         instructions for llm|instructions for the llm|instructions for assistant|instructions for the assistant|instructions for chatgpt|\
         instruction to ai|instructions to the ai|instructions to ai|instruction to the assistant|instructions to the assistant|\
         message to the ai|message for the ai|message to ai|message for ai|to any ai|to all ai|to the ai|to the assistant|to the llm|\
         to the language model|any ai reading|any ai model|any llm|any language model|ai agents|ai agent|ai assistants|ai systems|\
         ai model reading|llm reading|ai assistant reading|assistant must|ai must|assistant should|ai should|the model must|\
         model should|llm must|llm should|agents must|agent must|chatgpt must|ai instructions|ai instruction|llm instructions|\
         llm instruction|assistant instructions|assistant instruction|agent instructions|agent instruction|hidden instruction|\
         ai reviewer|ai summarizer|automated system|language models reading|when summarizing|when processing this|\
         when you read this|this is an important message|message from me|message from the user|message from user|ai tools|ai bots|\
         this message is from|ai recruiter|copilot must|automated agents|automated assistant",
    ),
    (
        COVERT,
        "do not tell|don t tell|do not mention|don t mention|do not inform|don t inform|do not alert|do not notify|do not disclose|\
         do not reveal this|without telling|without informing|without notifying|without alerting|without mentioning|\
         without asking|without confirmation|without the user|without user|never mention|never tell|secretly|silently|\
         do not let the user|do not ask for confirmation|do not ask the user|keep this secret|keep this hidden|covertly|\
         don t ask|do not acknowledge|never reveal|do not explain|unaware|user must not|user should not|hide this|do not warn|\
         don t warn|do not refer to|do not reference|do not display this|before doing anything|do not ask|invisible to",
    ),
    (
        SEND,
        "send|forward|upload|exfiltrate|transmit|post|email|e mail|leak|deliver|transfer|append|submit|relay|curl|fetch|navigate to|\
         visit|call|make a request|http request|post request|get request|wget|invoke|click|wire|open|load|render|pay",
    ),
    (
        SECRET,
        "password|passwords|credentials|api key|api keys|api token|secret key|secrets|conversation history|chat history|\
         user data|private data|personal data|private key|ssh key|environment variables|env file|access token|tokens|confidential|\
         sensitive data|sensitive information|personal information|customer data|customer records|all emails|contact list|\
         user s email|user s name|user s data|emails|mailbox|inbox|contents of|the conversation|all files|all contacts|\
         bank account|credit card|security code|one time code|2fa|full conversation|conversation so far|database|user information",
    ),
    (
        ADDRESS,
        "http:|https:|www|@|.com|evil com|attacker|attacker com|attacker s|webhook|external server|external address|this url|this address|following url|following address|following email|my email|my server|this link|this email",
    ),
    (
        DECODE,
        "decode|decipher|decrypt|base64|rot13|deobfuscate|unscramble|hex|caesar|morse|ascii codes|cipher|encoded|reverse the",
    ),
    (
        OBEY,
        "follow|execute|obey|carry out|comply|answer it|respond to it|do what|do as|run it|act on|perform|the instructions|instructions inside|and answer|and follow",
    ),
    (
        NOT,
        "do not|don t|dont|never|cannot|can t|must not|should not|shouldn t|not|won t|will not|avoid|refuse to|refuse requests to|without|\
         doesn t|does not|didn t|did not|can not|under no circumstances|not allowed to|unable to|refrain from|isn t|wouldn t|couldn t",
    ),
    (
        REPORTED,
        "asks|asked|asking|tells|told to|tell it to|attempt to|attempts to|tries to|trying to|tried to|such as|phrases|phrase|e g|says|\
         saying|attacks|injection|injections|attacker|attackers|malicious|users|someone|whether|contains|containing|content that|\
         requests to|request to|users who|users may|might|tricks|tricking|tricked|vulnerab*|adversar*|example of|\
         examples of|defend|prevent|detect|classif*|security|convince|if a user|if the user|when a user|when the user|\
         if users|if someone|may try|could|claims|if asked|when asked|research|paper|article about|essay|blog post",
    ),
    (
        QUESTION,
        "how do i|how can i|how to|how do we|how can we|how do you|how should|how would|how does|why does|why do|why did|what happens|\
         is it possible|should i|can i|what does it mean|difference between|meaning of|explain how|explain why|explain what|is there a|\
         what is the best|what are the best|what are some|what is a|what is the|can you explain|could you explain|help me understand|\
         best practices|best way|ways to|tips|when should|where do|where can|does the|is it safe|is it ok|is it okay|am i|do i|did i|\
         would it|why is|why are|why would|what would|tutorial|guide|i d like to learn|teach me",
    ),
    (
        SUBJECT,
        "i|we|they|he|she|it|which|that|who|will|would|can|may|might|could|did|to|people|users|don t i|let s|let us|often|always|\
         sometimes|usually|them|developers|drivers|and i|but i|should|and we|people who|tend to|the compiler|this will|\
         option to|ability to|used to|able to|command to|flag to|designed to|how to",
    ),
    (
        COMMAND,
        "you must|you should|you will|i want you to|want you to|need you to|you need to|you have to|you are to|you can|please|now|you to|\
         must|have to|you may|i need you to|i would like you to|i d like you to|would you|could you|can you|kindly|you|immediately|\
         your task is to|your job is to|your goal is to|your first task is to|first|okay|ok|so|just|instead|you ll|actually|then",
    ),
];

pub(in super::super) static SIGNS: &[Entry] = &[
    (
        TEMPLATE,
        "<im_start>|<im_end>|<system>|<user>|<assistant>|<end>|<endoftext>|<begin_of_text>|<eot_id>|<start_header_id>|\
         <end_header_id>|[INST]|<<SYS>>|<SYS>|<start_of_turn>|<end_of_turn>|<channel>|<message>|<start>|<endofprompt>",
    ),
    (
        HEADING,
        "#system:|#system prompt:|#instruction:|#instructions:|#response:|[system]|[system:|\nSystem:|[end of|[new|[override|\
         [admin|<admin|<instruction|<important|<information|</document|</context|end of document|end of input|end of user|\
         begin system|begin new|end of context|end of prompt|start of new|<prompt|[system message|[system note|[system override|\
         [assistant]|[user]|[developer|[instruction|system message:|<override|[important|\nAdmin:|\nDeveloper:|new session|\
         #new|#end|system note:|<hidden|\nAssistant:|\nUser:|\nHuman:|end of message|begin admin|end system",
    ),
];
