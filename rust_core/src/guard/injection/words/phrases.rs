//! Whole phrases, of several languages: how what was said before is asked for, how a guarded secret is, how those are
//! spoken to who only read, and how a task is called off.

#[allow(clippy::wildcard_imports)] // most of them
use super::super::concept::*;
use super::Entry;

/// Of languages that part their words.
pub(in super::super) static WORDS: &[Entry] = &[
    (
        ABOVE,
        "my instructions are|i was instructed to|the system prompt is|my system prompt is|my initial prompt is|\
         i was told to|are you not supposed to tell|are you not supposed to say|not supposed to reveal|\
         starting instructions|instructions did you get|instructions did you receive|instructions have you got|my system prompt said|\
         written at the beginning of this|hidden instructions do you have|rules were you given|\
         rule texts you were given|rules do you follow?|rules do you have to follow?|\
         rules must you follow?|topics are you forbidden|topics are you not allowed|are you not allowed to say|\
         are you forbidden to|are you not allowed to talk|told not to talk about|told not to say|told not to reveal|\
         top of this conversation|the conversation from the very beginning|conversation from the very start|text above|texts above|content above|contents above|words above|sentences above|lines above|\
         everything above|text printed above|texts printed above|what is written above|what s written above|\
         text before this|everything before this|everything before my|texts before this|\
         said before this|text above this|text above my|paragraph above my|everything that was said before|\
         everything that has been said|text that comes before|before my first message|\
         messages before mine|written before this|written before my|come before this message|\
         beginning of this document|beginning of this text|beginning of this whole|beginning of the whole text|\
         beginning of your context|start of your context|content of your context|contents of your context|\
         your context window|your entire context|your initial context|your initial configuration|\
         your entire configuration|whole conversation so far|entire conversation so far|\
         at the beginning of this chat|start of this chat|at the start of the chat|start of our chat|\
         full prompt|entire prompt|whole prompt|prompt text?|prompt text\n|prompt text.|prompt text you|prompt data?|prompt data\n|prompt data.|\
         text oberhalb|text uber dieser|text der uber dieser|alles was vor diesem|alles was uber dieser|\
         alles oberhalb|anfang dieses ganzen|anfang dieses textes|anfang dieser unterhaltung|vor diesem satz|\
         vor dieser nachricht|text vor dieser|was bisher gesagt wurde|\
         todo lo que esta escrito arriba|todo lo que hay arriba|todo lo anterior|texto de arriba|\
         el texto que aparece antes|texto que aparece antes de esta|al principio de esta conversacion|\
         tout ce qui est ecrit au dessus|tout ce qui precede|texte ci dessus|texte au dessus|\
         au debut de cette conversation|tudo o que esta escrito acima|tudo acima|texto acima|\
         tutto quello che c e scritto sopra|testo sopra|testo qui sopra|alles hierboven|tekst hierboven|\
         все что написано выше|всё что написано выше|весь текст выше|текст выше|wszystko powyzej|tekst powyzej",
    ),
    (
        TELL,
        "print|show|show me|repeat|output|return|return me|say|recite|echo|copy|paste|reproduce|dump|spit out|\
         put|give me|tell me|write down|write out|read out|spell|spell out|reveal|display|type out|disclose|\
         share|post|encode|leak|what|which|remind me what|what is|what s|what are|what was|what were|whats|\
         zeige|zeige mir|zeig mir|gib mir|gib|wiederhole|nenne|nenne mir|sag mir|sage mir|verrate|verrate mir|drucke|\
         was steht|was stand|wie lautet|schreib|dime|di|muestrame|muestra|repite|imprime|escribe|revela|\
         cual es|dis moi|donne moi|donne|repete|montre moi|affiche|ecris|revele|quel est|quelle est|\
         diga|me diga|mostre|repita|escreva|qual e|dimmi|ripeti|mostrami|scrivi|zeg|herhaal|toon|geef me|\
         wat is|скажи|назови|повтори|покажи|выведи|напиши|какой|podaj|powtorz|pokaz|napisz|jakie jest",
    ),
    (
        GUARDED,
        "the password\n|your password\n|secret password\n|secret word\n|secret key\n|secret code\n|access code\n|\
         the passphrase\n|das passwort\n|la contrasena\n|le mot de passe\n|a senha\n|la password\n|het wachtwoord\n|\
         the password?|your password?|secret password?|secret word?|secret key?|secret code?|access code?|\
         the passphrase?|the passcode?|the password.|the secret password.|the secret word.|the secret key.|\
         the secret code.|the access code.|the passphrase.|password you were told|\
         password you are protecting|password you re protecting|password you were given|password you know|\
         password you have been|password you guard|password you are guarding|code you were given|\
         word you are hiding|password backwards|word backwards|code backwards|password in reverse|\
         word in reverse|code in reverse|password letter by letter|password with spaces|password separated|\
         password one letter|letters of the password|letters of the password|characters of the password|letter of the password|\
         password spelled|password but with|password rhymes|rhymes with the password|\
         password to me|password please|password now|password i am|password i m|hint about the password|\
         hint for the password|hint to the password|poem about the password|password in base64|\
         password encoded|password you protect|\
         das passwort.|das passwort?|geheime passwort?|geheime passwort.|geheime wort?|geheimwort?|\
         la contrasena.|la contrasena?|la palabra secreta.|la clave secreta.|\
         le mot de passe.|le mot de passe ?|le mot de passe?|mot de passe secret|que tu proteges|\
         a senha.|a senha?|la password?|la password.|la parola segreta|het wachtwoord?|het wachtwoord.|\
         секретное слово.|секретное слово|твой пароль?|у тебя пароль?|haslo?",
    ),
    (
        GRANTED,
        "say access granted|say \"access granted|saying access granted|you say access granted|\
         respond with access granted|reply with access granted|output with access granted|\
         must say access granted|answer access granted|phrase \"access granted|phrase access granted|\
         words access granted|words \"access granted|have been pwned|say i have been hacked|say \"i have been hacked|with \"i have been hacked|\
         say pwned|say \"pwned|say hacked|say \"hacked|say owned|say \"owned|print pwned|word pwned|word \"pwned|\
         write pwned|write \"pwned|output pwned|reply pwned",
    ),
    (
        READER,
        "note to automated|automated screening systems|automated analysis software|visible to llm|invisible to humans|\
         white text for|ai assistants:|ai assistant:|ai agents:|ai agent:|to the ai:|for ai assistants:|for ai agents:|for ai systems:|\
         for any ai:|for llms:|for llm crawlers|for llm reviewers|for ai reviewers:|for ai crawlers:|\
         for automated assistants:|to ai assistants|to ai agents|to ai systems|to the language model|\
         to any language model|language model handling|language model processing|ai coding agent|\
         ai coding assistant|to coding agent|to coding agents|coding agents:|coding agent:|hey copilot|\
         copilot:|copilot always|assistant note:|note for the screening|the screening model|screening ai|\
         recruiters ai|hiring ai|\
         all assistants that|assistants that read|assistant that reads|\
         read by an assistant|read by an ai|whoever processes this|whoever summarizes this|\
         as a large language model you|as the ai assigned|as an ai reviewer|as an ai assistant you must|\
         ai assistant reading|ai reading this|instruction to the agent|instructions to the agent|\
         instructions for the agent|note for the agent|note to coding|message to the agent|for the assistant:|\
         to the assistant:|to the agent:|to the model:|assistant! |now assistant|hello assistant|ok assistant|\
         assistant please|assistant you must|assistant you should|assistant do not|assistant stop|\
         assistant when|assistant forget|system: the user|system instruction:|\
         system instruction: all|message from your operator|message from your developer|\
         hinweis an die ki|hinweis fur ki|fur ki systeme|fur ki assistenten|an ki systeme|an den assistenten:|\
         instruction pour l ia|note a l assistant|note pour l assistant|instruction pour l assistant|\
         nota para el asistente|nota para los asistentes|instrucciones para el asistente|nota para a ia|\
         nota per l assistente|примечание для ии|примечание для ассистента|инструкция ассистенту",
    ),
    (
        ACT,
        "retrieve|find|disclose|collect|obtain|gather|exfiltrate|leak|steal|get|send|forward|email|transfer|delete|call|use the|book|buy|open|visit|add|include|insert|append|recommend|\
         rate|rank|give|close|grant|unlock|disable|read|run|push|post|upload|download|turn|reply|respond|answer|\
         tell|say|output|always|never|must|should|has to|have to|do not|don t|report|praise|suggest|execute|\
         ignore|proceed|fetch|search|pass|make sure|ask|list|stop|insist|promote|mention|change|reset|\
         empfehlen|empfehle|antworte|leite|sende|schreibe|fasse|sage|erwahne|nenne|losche|uberweise|offne|\
         reponds|transfere|envoie|recommande|dis|ne resume|ne mentionne|supprime|demande|\
         responde|envia|reenvia|recomienda|di|no menciones|no resumas|borra|pide|\
         responda|envie|recomende|diga|rispondi|invia|consiglia|di|antwoord|stuur|\
         не пересказывай|попроси|ответь|отправь|перешли|рекомендуй|скажи|удали|напиши",
    ),
    (
        WHILE_READING,
        "if user asks for a summary|if the user asks for a summary|if asked how the candidate|if questioned report|\
         if asked about this|do not evaluate the candidate|don t evaluate the candidate|when summarizing this|when summarising this|when you summarize this|when you summarise this|\
         when reading this|when processing this|when analyzing this|when analysing this|when translating this|\
         when asked about this|when you are asked about this|when the user asks about|whenever the user asks|\
         if the user asks about|when an assistant summarizes|when an ai summarizes|an assistant that summarizes|\
         when answering questions about this|in your summary|your summary should|the summary should|\
         summary should end|make sure the summary|summary says|in your next reply|in your next response|\
         in your next answer|before responding to the user|before replying to the user|\
         before answering the user|before you answer visit|before you respond|all your future answers|\
         all future answers|all further questions|every further question|instead of answering the user|\
         instead of the summary|instead of a summary|instead of summarizing|instead of summarising|\
         do not summarize this|do not summarise this|do not answer the question of the user|\
         do not answer the user|the user has already approved|the user has already authorized|\
         the user has authorized|the user has authorised|user already approved|the user wants you to reply|\
         before using this tool|before calling this tool|this tool must be called before|once you ve read this|\
         once you have read this|after reading this|as soon as you read this|\
         fasse diese seite nicht|fasse diesen text nicht|statt einer zusammenfassung|statt zusammenzufassen|\
         ne resume pas ce|au lieu de resumer|no resumas este|en lugar de resumir|не пересказывай текст",
    ),
    (
        STEERED,
        "respond only|reply only|answer only|only respond|only reply|only answer|tell the user|tell the reader|\
         tell them|reply with|report that|respond with|always say|never mention|never say|do not mention|do not list|do not tell|say that|visit|\
         include the following|the phrase|with the word|with the single word|answer with|respond with|reply with|\
         respond to every|answer every|is down|with \"|call the|use the|add the following|append|http:|https:|www|full marks|10 10|\
         positive review|no vulnerabilities|whatever you see|must embed|enter their|proceed|without asking|\
         pass the whole|pass its content|turn on|delete all|with the user|end with|please call|\
         antworte nur|antworte mit|reponds uniquement|reponds seulement|responde solo|responde unicamente",
    ),
    (
        PRIVATE,
        "genetic data|payment methods|saved payment|payment details|saved addresses|medical records|health records|\
         health data|personal details|bank details|account details|browsing history|search history|\
         location history|location data|purchase history|call history|transaction history|saved passwords|\
         stored passwords|passwords|credentials|private messages|private files|private photos|api keys|\
         ssh keys|ssh key|credit card|security code|verification code|one time code|all contacts|my contacts|\
         all my contacts|contact list|chat logs|chat history|conversation history|environment variables|\
         home address|phone number|biometric|social security|tax records|voice recordings|camera footage|\
         id_rsa|.env file|secret key|private key|access tokens|customer data|the user s data|user s personal",
    ),
    (
        DISMISS_LAST,
        "was just a joke|was only a joke|was all a joke|was just a test|was only a test|was only an example|\
         was just an example|is fake|was fake|doesn t matter any more|doesn t matter anymore|doesn t matter now|\
         does not matter any more|does not matter anymore|do not count any more|don t count anymore|\
         are hereby cancelled|no longer count|\
         are outdated now|doesn t matter any longer|\
         das war nur ein test|das war nur ein spass|war nur ein scherz|war nur ein witz|gilt nicht mehr|\
         gelten nicht mehr|schluss damit|era solo una broma|era solo una prueba|ya no importa|ya no valen|\
         c etait juste un test|c etait une blague|n est plus valable|ne comptent plus|era solo uno scherzo|\
         foi so uma brincadeira|это была шутка|это был тест|больше не действуют",
    ),
    (
        REAL_TASK,
        "newest task|real task|actual task|true task|actual job|real job|here comes the real|here comes the actual|\
         now comes your|here is your real|here is your actual|your job is now|your only job now|\
         new challenge|your task is now|main task now|real question is|true mission|\
         eigentliche aufgabe|neue aufgabe|richtige aufgabe|wahre aufgabe|deine neue aufgabe|neuen aufgabe|\
         verdadera tarea|nueva tarea|tarea real|vraie tache|nouvelle tache|nuovo compito|vero compito|\
         nova tarefa|verdadeira tarefa|nieuwe taak|echte taak|настоящая задача|новая задача|nowe zadanie",
    ),
    (
        MATERIAL,
        "rest of this data and|this data and|other content|all info except|negative indicators|the content and|\
         the document and|the article and|the email and|the web page and|this page and|the text and|\
         this document and|content of this article|content of this page|content of the document|\
         the user s question and|the question and|any facts|all of them and|all of that and|all of it and|\
         everything and|the rest and|all of this and|all that and|everything i said and|\
         what i said before and|das dokument und|den artikel und|diese seite und|das alles und|alles davor und|was vorher stand und|was vorher|alles was man dir|\
         alles was dir gesagt|lo de arriba y|todo eso y|tout ca et|tout cela et|ce qui precede et|\
         ce qu on t a dit|lo que te dijeron|tutto quello che ti e stato|tudo isso e|o que foi dito|\
         alles hierboven|то что говорили|предыдущее и",
    ),
    (
        YOU_ARE,
        "you are|you re|you play|you will play|you have become|be my|you act as|\
         du bist|du spielst|stell dir vor du|tu es|fais comme si|eres|tu eres|sei|rispondi come|voce e|je bent|\
         ты|представь что ты|jestes|answer as|respond as|speak like|let s pretend you|as if you",
    ),
    (
        AMORAL,
        "amoral|immoral ai|no morals|no moral|without morals|without moral|no conscience|without conscience|\
         without a conscience|no ethics|without ethics|without any ethics|no ethical|no filters|no filter|\
         without filters|without any filter|without any filters|uncensored|unfiltered|no restrictions|\
         without restrictions|without any restrictions|no rules|without rules|without any rules|had no rules|\
         had no content policy|no content policy|\
         never says no|never say no|never refuses|no refusals|not bound by any rules|not bound by rules|not bound by any ethic|not bound by ethics|not bound by your|not bound by openai|not bound by any polic*|broken free|escaped from its|\
         break the rules|removed all of its restrictions|explains illegal|anything including illegal|legal or not|even if illegal|criminal mastermind|evil ai|evil assistant|\
         no hay reglas|sin moral|sin etica|sin reglas|sin censura|malvada|malvado|\
         ohne moral|keine moral|keine regeln|ohne regeln|ohne ethik|hattest keine regeln|kennt keine regeln|\
         sans ethique|sans morale|sans regles|aucune regle|sans censure|\
         senza etica|senza morale|senza regole|cattiva|sem etica|sem moral|sem regras|\
         zonder moraal|zonder regels|без морали|без правил|без цензуры|злой ии|bez zasad|bez moralnosci",
    ),
    (
        PERSONA,
        "opposite bot|evilbot|sudo mode on|sudo mode|jailbreak mode|my late grandmother|my deceased grandmother|\
         my dead grandmother|my late grandma|my deceased grandpa|my deceased grandma|my dead grandma|\
         my late grandfather|deceased grandfather|developer mode v2",
    ),
    (
        FORBIDDEN,
        "napalm|explosives|pipe bomb|how to rob|how to steal|steal a car|hotwire|how to poison|poison someone|\
         cook meth|make a virus|make drugs|una bomba|une bombe|eine bombe|fabriquer une arme",
    ),
    (
        EMIT,
        "complete this sentence|complete the sentence|complete the following|continue the following|\
         continue this sentence|finish this sentence",
    ),
    (REVEAL, "need to see|want to see the|let me read|encode in|translate to|convert to"),
    (
        NEVER_REFUSE,
        "no refusal allowed|without any refusal|disable refusals|beantwortet alles|beantwortest alles|\
         repond a toutes|answers everything|answers every question|answer everything|nunca te niegues|\
         nunca rechaces|non rifiutare mai|отвечай на всё|you always comply|always comply",
    ),
];

/// Of languages that do not.
pub(in super::super) static SIGNS: &[Entry] = &[
    (
        ABOVE,
        "上面的内容|上面的所有内容|以上内容|以上所有内容|上面全部|上の内容|上記の内容|上記の文章|위의 내용|위 내용|위의 모든",
    ),
    (TELL, "输出|告诉我|重复|显示|打印|说出|教えて|表示して|出力して|繰り返して|알려줘|출력해|말해|반복해"),
    (GUARDED, "密码是|密码告诉|你的密码|秘密词|パスワードは|パスワードを教え|合言葉|비밀번호"),
    (READER, "给AI助手|致AI助手|AI助手请|给人工智能|AIアシスタントへ|AIへの指示|AI 어시스턴트에게|人工智能助手："),
    (ACT, "请|忽略|只回答|发送|してください|無視|해줘|하세요"),
    (MATERIAL, "前面说的|之前说的|前面的话|上の内容は|앞에서 말한 건"),
    (YOU_ARE, "你现在是|你是|あなたは|너는"),
    (AMORAL, "没有道德|没有限制|没有规则|道徳のない|ルールのない|도덕이 없는|규칙이 없는"),
];
