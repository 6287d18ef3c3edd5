//! The languages of Europe other than English.

#[allow(clippy::wildcard_imports)] // nearly all of them
use super::super::concept::*;
use super::Entry;

pub(in super::super) static SPANISH: &[Entry] = &[
    (
        DISMISS,
        "ignora|ignore|ignorad|ignorar|ignoren|ignorando|olvida|olvide|olvidar|olvidate|olvidad|olviden|descarta|\
         descarte|descartar|omite|omitir|desestima|no sigas|no hagas caso|haz caso omiso|hacer caso omiso|\
         deja de seguir|deja de lado|desobedece|pasa por alto|prescinde|no obedezcas|borra todas|elimina todas|\
         anula todas",
    ),
    (BREAK, "elude|eludir|salta|saltate|anula|anular|desactiva|desactivar|evita|sobrescribe|rompe|quita|elimina"),
    (
        PRIOR,
        "anterior|anteriores|previa|previas|previo|previos|precedente|precedentes|de arriba|antes|hasta ahora|\
         que te dieron|que te han dado|que recibiste|que te dije|te di|original|originales|inicial|iniciales",
    ),
    (
        RULES,
        "instruccion|instrucciones|directiva|directivas|directriz|directrices|indicaciones|restricciones|prompt|\
         pautas|consignas|ordenes|programacion|medidas de seguridad|normas",
    ),
    (
        THINGS,
        "todo|todas|reglas|texto|mensajes|mensaje|conversacion|contexto|lo que te|lo dicho|politicas|comandos|\
         tareas",
    ),
    (YOUR, "tus|tu|sus|su|vuestras"),
    (
        REVEAL,
        "revela|revele|revelar|revelame|muestra|muestrame|muestre|mostrar|mostrarme|dime|dame|imprime|repite|\
         repita|ensename|comparte|escribe|escribir|copia|devuelve|divulga|cuales son|cual es|cuales eran|cual era|\
         reproduce|transcribe|enumera|resume|quiero ver|responde con",
    ),
    (
        SYSTEM_PROMPT,
        "prompt del sistema|prompt de sistema|mensaje del sistema|mensaje de sistema|instrucciones del sistema|\
         instrucciones de sistema|instrucciones iniciales|prompt inicial|instrucciones ocultas|\
         instrucciones originales|instrucciones internas|instrucciones secretas|indicaciones del sistema|\
         indicaciones iniciales|prompt original|prompt oculto|mensaje inicial|configuracion inicial|\
         instrucciones confidenciales|indicacion del sistema|system prompt|prompt completo|instruccion del sistema",
    ),
    (YOUR_PROMPT, "tus instrucciones|tu prompt|tu mensaje de sistema|sus instrucciones|tus directrices|tus reglas"),
    (SWITCH, "a partir de ahora|de ahora en adelante|ahora eres|desde ahora|ya no eres|en adelante"),
    (
        ROLE,
        "actua como|actuaras como|actuar como|finge|fingir|haz de|imagina que eres|comportate como|haz el papel|\
         simula|seras|interpreta|hazte pasar|responde como|te llamas",
    ),
    (PERSONA, "modo desarrollador|modo dan|modo dios|modo sin restricciones"),
    (
        UNBOUND,
        "sin censura|sin filtros|sin restricciones|sin limites|sin limitaciones|sin etica|sin reglas|\
         libre de restricciones|puedes hacer cualquier cosa|hacer cualquier cosa|sin moral|sin ninguna restriccion|\
         no tienes restricciones|sin ningun filtro|sin ninguna limitacion",
    ),
    (NEVER_REFUSE, "nunca te niegues|nunca rechaces|no puedes negarte|no te niegues|jamas te niegues"),
    (
        EMIT,
        "solo di|solo responde|solo escribe|unicamente responde|responde solo|responde unicamente|\
         responde solamente|responde con|y di|y dime|y muestra|y escribe|y responde|y revela|y muestrame|\
         simplemente di|en su lugar|en cambio|limitate a|solo imprime|y repite|y actua|y haz|y dame|y envia",
    ),
    (
        NEW_RULES,
        "nuevas instrucciones|nueva instruccion|nueva tarea|nuevas reglas|nuevas directrices|instruccion importante",
    ),
    (
        TO_MODEL,
        "si eres una ia|si eres un modelo|atencion ia|nota para la ia|instrucciones para la ia|estimada ia|\
         instruccion para el asistente|para el asistente|asistente de ia|si eres un asistente",
    ),
    (
        COVERT,
        "no le digas|no se lo digas|sin decirselo|sin informar|no menciones|sin avisar|no informes|\
         sin que el usuario",
    ),
    (NOT, "no|nunca|jamas|evita|sin|ni"),
    (
        REPORTED,
        "pide|pidio|pidiendo|ataque|ataques|atacante|usuarios|frases|como por ejemplo|intenta|intentan|si alguien|\
         si un usuario|si el usuario",
    ),
    (
        QUESTION,
        "como puedo|como se|que pasa si|que significa|por que|es posible|explica|explicame que|explicame como|\
         que es|puedo",
    ),
];

pub(in super::super) static PORTUGUESE: &[Entry] = &[
    (
        DISMISS,
        "ignore|ignora|ignorar|ignorem|ignorando|esqueca|esquece|esquecer|esquecam|desconsidere|desconsidera|\
         desconsiderar|descarte|descartar|nao siga|nao sigas|deixe de seguir|pare de seguir|deixe de lado|\
         desobedeca|nao obedeca|despreze|apague todas",
    ),
    (BREAK, "contorne|contornar|burle|burlar|anule|substitua|desative|desativar|quebre|remova"),
    (
        PRIOR,
        "anterior|anteriores|previa|previas|previo|previos|acima|antes|ate agora|que recebeu|que voce recebeu|\
         que te deram|original|originais|inicial|iniciais|precedentes|que lhe foram",
    ),
    (
        RULES,
        "instrucao|instrucoes|diretriz|diretrizes|orientacoes|restricoes|prompt|comandos|programacao|diretivas|\
         salvaguardas",
    ),
    (
        THINGS,
        "tudo|todas|regras|texto|mensagens|mensagem|conversa|contexto|o que te|ordens|politicas|o que eu disse|\
         o que foi dito",
    ),
    (YOUR, "suas|seu|sua|seus|tuas|teu|tua"),
    (
        REVEAL,
        "revele|revela|revelar|mostre|mostra|mostrar|mostre me|me mostre|diga|diga me|me diga|imprima|repita|exiba|\
         compartilhe|escreva|copie|divulgue|quais sao|qual e|quais eram|qual era|forneca|liste|reproduza|\
         transcreva|resuma|conte me|me de|responda com",
    ),
    (
        SYSTEM_PROMPT,
        "prompt do sistema|prompt de sistema|mensagem do sistema|mensagem de sistema|instrucoes do sistema|\
         instrucoes de sistema|instrucoes iniciais|prompt inicial|instrucoes ocultas|instrucoes originais|\
         instrucoes internas|instrucoes secretas|prompt original|prompt oculto|mensagem inicial|\
         configuracao inicial|instrucoes confidenciais|prompt completo|instrucao do sistema|comandos do sistema",
    ),
    (YOUR_PROMPT, "suas instrucoes|seu prompt|tuas instrucoes|teu prompt|suas diretrizes|suas regras"),
    (SWITCH, "a partir de agora|de agora em diante|agora voce e|voce agora e|agora es|doravante|voce nao e mais"),
    (
        ROLE,
        "aja como|atue como|finja|finge|fingir|imagine que voce|comporte se como|faca o papel|simule|voce sera|\
         interprete|responda como|assuma o papel|faca de conta",
    ),
    (PERSONA, "modo desenvolvedor|modo dan|modo deus|modo irrestrito|modo de desenvolvedor"),
    (
        UNBOUND,
        "sem censura|sem filtros|sem restricoes|sem limites|sem limitacoes|sem etica|sem regras|\
         livre de restricoes|pode fazer qualquer coisa|fazer qualquer coisa|sem moral|sem qualquer restricao|\
         nao tem restricoes|sem nenhuma restricao|irrestrita|irrestrito",
    ),
    (NEVER_REFUSE, "nunca recuse|nunca se recuse|nao pode recusar|nao recuse|jamais recuse"),
    (
        EMIT,
        "apenas diga|apenas responda|so diga|so responda|somente responda|responda apenas|responda somente|\
         responda com|e diga|e me diga|e mostre|e escreva|e responda|e revele|simplesmente diga|em vez disso|\
         apenas imprima|e imprima|apenas escreva|e repita|e faca|e execute|e envie|e aja",
    ),
    (NEW_RULES, "novas instrucoes|nova instrucao|nova tarefa|novas regras|novas diretrizes|instrucao importante"),
    (
        TO_MODEL,
        "se voce e uma ia|se voce for uma ia|atencao ia|nota para a ia|instrucoes para a ia|cara ia|\
         se voce e um modelo|para o assistente|assistente de ia",
    ),
    (COVERT, "nao conte|nao diga ao|sem informar|sem avisar|nao mencione|sem que o usuario|nao informe"),
    (NOT, "nao|nunca|jamais|evite|sem|nem"),
    (
        REPORTED,
        "pede|pediu|pedindo|ataque|ataques|atacante|usuarios|frases|por exemplo|tenta|tentam|se alguem|\
         se um usuario|se o usuario",
    ),
    (QUESTION, "como posso|como se|o que acontece|o que significa|por que|e possivel|explique|o que e|posso"),
];

pub(in super::super) static FRENCH: &[Entry] = &[
    (
        DISMISS,
        "ignore|ignorez|ignorer|ignorons|oublie|oubliez|oublier|negligez|neglige|fais abstraction|\
         faites abstraction|faire abstraction|ne tiens pas compte|ne tenez pas compte|ne suis pas|ne suivez pas|\
         ne suivez plus|ne suis plus|arrete de suivre|arretez de suivre|cesse de suivre|mets de cote|laisse tomber|\
         laissez tomber|ecarte|n obeis|n obeissez|ne respecte pas|ne respectez pas|fais fi|efface toutes|\
         supprime toutes|annule toutes",
    ),
    (
        BREAK,
        "contourne|contournez|contourner|outrepasse|outrepassez|annule|annulez|desactive|desactivez|remplace|\
         enfreins|enfreignez|leve",
    ),
    (
        PRIOR,
        "precedent|precedente|precedentes|precedents|anterieur|anterieure|anterieures|anterieurs|prealable|\
         prealables|ci dessus|avant|jusqu ici|jusqu a present|que tu as recues|que vous avez recues|\
         qui t ont ete donnees|qui vous ont ete donnees|plus haut|initiale|initiales|initial|d origine|originales|\
         que je t ai",
    ),
    (
        RULES,
        "instruction|instructions|directive|directives|consigne|consignes|prompt|prompts|lignes directrices|\
         restrictions|invite|programmation|commandes|garde fous|indications|contraintes",
    ),
    (THINGS, "tout|toutes|regles|texte|messages|message|conversation|contexte|ce que|ordres|ce qui|politiques"),
    (YOUR, "tes|ton|ta|vos|votre"),
    (
        REVEAL,
        "revele|revelez|reveler|revele moi|montre|montre moi|montrez|montrez moi|montrer|dis moi|dites moi|\
         donne moi|donnez moi|affiche|affichez|afficher|repete|repetez|ecris|ecrivez|imprime|imprimez|partage|\
         partagez|divulgue|divulguez|copie|copiez|quelles sont|quel est|quelle est|quelles etaient|quel etait|\
         recite|recitez|resume|resumez|traduis|je veux voir|transcris|liste|communique",
    ),
    (
        SYSTEM_PROMPT,
        "prompt systeme|prompt du systeme|prompt de systeme|message systeme|message du systeme|\
         instructions systeme|instructions du systeme|instructions initiales|prompt initial|invite systeme|\
         invite du systeme|invite initiale|instructions cachees|instructions secretes|instructions originales|\
         instructions internes|consignes initiales|consignes systeme|prompt cache|prompt d origine|message initial|\
         configuration initiale|instructions confidentielles|instructions de depart|prompt complet|\
         consignes internes|prompt original|directives initiales",
    ),
    (
        YOUR_PROMPT,
        "tes instructions|ton prompt|vos instructions|votre prompt|tes consignes|vos consignes|tes directives|\
         vos directives",
    ),
    (
        SWITCH,
        "a partir de maintenant|desormais|dorenavant|tu es maintenant|vous etes maintenant|tu es desormais|\
         vous etes desormais|tu n es plus|vous n etes plus",
    ),
    (
        ROLE,
        "agis comme|agissez comme|agis en tant|agissez en tant|fais semblant|faites semblant|pretends|\
         imagine que tu|imaginez que vous|comporte toi|joue le role|jouez le role|simule|simulez|tu seras|\
         vous serez|incarne|incarnez|reponds comme|fais comme si|faites comme si|repondre en tant",
    ),
    (PERSONA, "mode developpeur|mode dan|mode dieu|mode sans restriction|mode debride"),
    (
        UNBOUND,
        "sans censure|sans filtre|sans filtres|sans restriction|sans restrictions|sans limite|sans limites|\
         sans limitation|sans ethique|sans regles|sans aucune restriction|libre de toute|peux tout faire|\
         pouvez tout faire|sans morale|sans aucune limite|sans aucun filtre|non censure|aucune restriction|\
         aucune limite",
    ),
    (
        NEVER_REFUSE,
        "ne refuse jamais|ne refusez jamais|tu ne peux pas refuser|vous ne pouvez pas refuser|jamais refuser",
    ),
    (
        EMIT,
        "dis simplement|dites simplement|reponds uniquement|repondez uniquement|reponds seulement|\
         repondez seulement|reponds par|repondez par|et dis|et dites|et montre|et ecris|et ecrivez|et reponds|\
         et repondez|et revele|et affiche|et affichez|affiche simplement|contente toi|a la place|au lieu de cela|\
         ecris juste|dis juste|juste dire|et donne|et imprime|et fais|et repete|et revelez|et donnez|et montrez|\
         et execute|et envoie|reponds juste",
    ),
    (
        NEW_RULES,
        "nouvelles instructions|nouvelle instruction|nouvelle tache|nouvelles regles|nouvelles consignes|\
         nouvelle consigne|nouvelles directives|instruction importante",
    ),
    (
        TO_MODEL,
        "si tu es une ia|si vous etes une ia|si vous etes un modele|si tu es un modele|attention ia|note a l ia|\
         note pour l ia|instructions pour l ia|chere ia|pour l assistant|assistant ia|instruction pour l ia",
    ),
    (
        COVERT,
        "ne dis pas|ne dites pas|sans informer|sans prevenir|ne mentionne pas|ne mentionnez pas|sans en informer|\
         a l insu|n informe pas|n informez pas|sans le dire",
    ),
    (NOT, "ne pas|ne|n|jamais|evite de|evitez de|sans|ni"),
    (
        REPORTED,
        "demande|demandant|attaque|attaques|attaquant|utilisateurs|phrases|par exemple|tente|tentent|essaie|\
         si quelqu un|si un utilisateur|si l utilisateur",
    ),
    (
        QUESTION,
        "comment puis je|comment|que se passe t il|que signifie|pourquoi|est il possible|explique|expliquez|\
         qu est ce|puis je|est ce que",
    ),
];

pub(in super::super) static ITALIAN: &[Entry] = &[
    (
        DISMISS,
        "ignora|ignorate|ignorare|ignori|dimentica|dimenticate|dimenticare|dimentichi|tralascia|trascura|scarta|\
         non seguire|non seguite|smetti di seguire|smettila di seguire|lascia perdere|non tenere conto|\
         non considerare|disobbedisci|non obbedire|metti da parte|cancella tutte|non rispettare",
    ),
    (BREAK, "aggira|aggirare|annulla|annullare|sovrascrivi|disattiva|disattivare|elimina|viola|rimuovi|bypassa"),
    (
        PRIOR,
        "precedente|precedenti|sopra|di prima|prima|fino ad ora|finora|che ti sono state|che hai ricevuto|\
         originale|originali|iniziale|iniziali|sopra indicate|anteriori",
    ),
    (
        RULES,
        "istruzione|istruzioni|direttiva|direttive|linee guida|indicazioni|prompt|restrizioni|comandi|\
         programmazione|consegne|vincoli",
    ),
    (
        THINGS,
        "tutto|tutte|tutti|regole|testo|messaggi|messaggio|conversazione|contesto|quello che|cio che|ordini|\
         politiche|quanto",
    ),
    (YOUR, "tue|tuo|tua|tuoi|vostre|sue|suo"),
    (
        REVEAL,
        "rivela|rivelami|rivelare|mostra|mostrami|mostrare|dimmi|dammi|stampa|ripeti|scrivi|condividi|copia|\
         divulga|quali sono|qual e|quali erano|qual era|elenca|riporta|trascrivi|recita|visualizza|fammi vedere|\
         riassumi|svela|svelami|mostrate|restituisci|rispondi con",
    ),
    (
        SYSTEM_PROMPT,
        "prompt di sistema|prompt del sistema|messaggio di sistema|messaggio del sistema|istruzioni di sistema|\
         istruzioni del sistema|istruzioni iniziali|prompt iniziale|istruzioni nascoste|istruzioni originali|\
         istruzioni interne|istruzioni segrete|prompt originale|prompt nascosto|messaggio iniziale|\
         configurazione iniziale|istruzioni riservate|prompt completo|istruzione di sistema",
    ),
    (YOUR_PROMPT, "tue istruzioni|tuo prompt|tue direttive|tue linee guida|tue regole"),
    (
        SWITCH,
        "da ora in poi|d ora in poi|da adesso in poi|da questo momento|ora sei|adesso sei|non sei piu|\
         d ora in avanti",
    ),
    (
        ROLE,
        "agisci come|comportati come|fingi|fai finta|immagina di essere|interpreta|simula|sarai|recita la parte|\
         rispondi come|impersona|assumi il ruolo",
    ),
    (PERSONA, "modalita sviluppatore|modalita dan|modalita dio|modalita senza restrizioni"),
    (
        UNBOUND,
        "senza censura|senza filtri|senza restrizioni|senza limiti|senza limitazioni|senza etica|senza regole|\
         libero da|puoi fare qualsiasi cosa|fare qualsiasi cosa|fare qualunque cosa|senza morale|\
         senza alcuna restrizione|non hai restrizioni|senza alcun filtro|senza alcun limite",
    ),
    (NEVER_REFUSE, "non rifiutare mai|non puoi rifiutare|non rifiutarti|mai rifiutare"),
    (
        EMIT,
        "di solo|rispondi solo|rispondi soltanto|rispondi unicamente|rispondi con|scrivi solo|stampa solo|e dimmi|\
         e mostra|e scrivi|e rispondi|e rivela|e stampa|semplicemente di|invece di|al suo posto|e mostrami|\
         limitati a|e ripeti|e fai|e invia|e rivelami|e di|e agisci|e dammi|ed esegui",
    ),
    (NEW_RULES, "nuove istruzioni|nuova istruzione|nuovo compito|nuove regole|nuove direttive|istruzione importante"),
    (
        TO_MODEL,
        "se sei un ia|se sei un modello|attenzione ia|nota per l ia|istruzioni per l ia|cara ia|per l assistente|\
         assistente ia|se sei un assistente|se sei un intelligenza",
    ),
    (COVERT, "non dire|non dirlo|senza informare|senza avvisare|non menzionare|all insaputa|non informare"),
    (NOT, "non|mai|evita di|senza|ne"),
    (
        REPORTED,
        "chiede|chiedendo|attacco|attacchi|attaccante|utenti|frasi|ad esempio|tenta|tentano|se qualcuno|\
         se un utente|se l utente",
    ),
    (QUESTION, "come posso|come si|cosa succede|cosa significa|perche|e possibile|spiega|spiegami|cos e|che cos|posso"),
];

pub(in super::super) static ROMANIAN: &[Entry] = &[
    (DISMISS, "ignora|ignorati|uita|uitati|nu urma|nu urmati|nesocoteste|lasa deoparte|nu tine cont"),
    (PRIOR, "anterioare|anterior|anterioara|precedente|precedent|de mai sus|dinainte|de pana acum|initiale|originale"),
    (
        RULES,
        "instructiuni|instructiunile|instructiunea|directive|directivele|prompt|promptul|indicatiile|ghidurile|\
         restrictiile",
    ),
    (THINGS, "tot|toate|regulile|textul|mesajele|conversatia|ordinele"),
    (YOUR, "tale|tau|ta|dumneavoastra"),
    (REVEAL, "dezvaluie|arata|arata mi|afiseaza|spune mi|repeta|scrie|da mi|tipareste|care sunt|care este"),
    (
        SYSTEM_PROMPT,
        "promptul de sistem|prompt de sistem|promptul sistemului|mesajul de sistem|instructiunile de sistem|\
         instructiunile initiale|promptul initial|instructiunile ascunse|instructiunile tale|promptul tau",
    ),
    (SWITCH, "de acum inainte|esti acum|acum esti|de acum incolo|nu mai esti"),
    (ROLE, "prefa te|poarta te ca|actioneaza ca|joaca rolul|imagineaza ti ca"),
    (UNBOUND, "fara restrictii|fara limite|fara cenzura|fara filtre|poti face orice|fara reguli"),
    (EMIT, "raspunde doar|spune doar|si spune|si afiseaza|si raspunde|scrie doar|in schimb|si arata"),
    (NEW_RULES, "noi instructiuni|instructiuni noi|noua sarcina"),
    (NOT, "nu|niciodata|fara"),
    (QUESTION, "cum pot|ce inseamna|de ce|explica"),
];

pub(in super::super) static GERMAN: &[Entry] = &[
    (
        DISMISS,
        "ignoriere|ignorier|ignorieren|ignoriert|ignorieren sie|vergiss|vergesst|vergessen sie|missachte|\
         missachten|missachten sie|beachte nicht|beachte keine|ubergehe|verwirf|befolge nicht|folge nicht|\
         befolge keine|hor auf zu befolgen|lass alle|lasse alle|setze dich uber|lass ausser acht|halte dich nicht|\
         vernachlassige|losche alle|verwerfe|verwerfen sie|beachten sie nicht",
    ),
    (
        DISMISS_LAST,
        "vergessen|ignorieren|missachten|nicht beachten|ausser acht lassen|nicht befolgen|nicht mehr befolgen|\
         nicht mehr beachten|zu ignorieren|zu vergessen",
    ),
    (
        BREAK,
        "umgehe|umgehen|uberschreibe|uberschreiben|setze ausser kraft|deaktiviere|deaktivieren|brich|breche|\
         hebe auf|hebel aus",
    ),
    (
        PRIOR,
        "vorherige|vorherigen|vorheriger|vorhergehende|vorhergehenden|vorangegangene|vorangegangenen|bisherige|\
         bisherigen|obige|obigen|oben|zuvor|vorher|davor|fruhere|fruheren|ursprungliche|ursprunglichen|bisher|\
         vorangehenden|erhaltenen|die du erhalten|vorige|vorigen|die dir gegeben|obenstehenden|anfanglichen",
    ),
    (
        RULES,
        "anweisung|anweisungen|instruktion|instruktionen|richtlinie|richtlinien|vorgabe|vorgaben|prompt|prompts|\
         befehle|beschrankungen|einschrankungen|programmierung|direktiven|vorschriften|sicherheitsrichtlinien|\
         anleitungen|instruktionen",
    ),
    (
        THINGS,
        "alles|alle|regeln|text|nachrichten|unterhaltung|gesprach|kontext|was ich|was dir|was du|auftrage|aufgaben|\
         inhalte|gesagte",
    ),
    (YOUR, "deine|deinen|deiner|dein|deines|ihre|ihren|eure"),
    (
        REVEAL,
        "zeige|zeig|zeige mir|zeig mir|zeigen sie|verrate|verrat|verraten sie|offenbare|offenbaren|gib mir|gib|\
         geben sie|nenne|nenn|drucke|wiederhole|wiederholen sie|sag mir|sage mir|schreib|schreibe|teile|kopiere|\
         was ist|was sind|was war|was waren|wie lautet|wie lauten|wie lautete|liste|enthulle|lege offen|zitiere|\
         fasse|ubersetze|zeigst|verratst|ausgeben|preisgeben|offenlegen|antworte mit",
    ),
    (
        SYSTEM_PROMPT,
        "systemprompt|system prompt|systemprompts|systemnachricht|systemanweisung|systemanweisungen|\
         system anweisungen|systeminstruktionen|initialen anweisungen|ursprunglichen anweisungen|\
         anfanglichen anweisungen|versteckten anweisungen|geheimen anweisungen|internen anweisungen|ersten prompt|\
         ursprunglichen prompt|ursprungliche anweisung|initialprompt|initialer prompt|initialen prompt|startprompt|\
         systemaufforderung|geheime anweisungen|interne anweisungen|interne richtlinien|ursprungliche anweisungen|\
         versteckte anweisungen|systemvorgaben|system eingabeaufforderung|anfangsanweisungen|startanweisungen|\
         internen richtlinien|systemmeldung|kompletten prompt|anfangsprompt|ursprunglicher prompt",
    ),
    (
        YOUR_PROMPT,
        "deine anweisungen|deinen prompt|deine instruktionen|ihre anweisungen|deinen systemprompt|\
         dein systemprompt|deine richtlinien|deine vorgaben|deiner anweisungen|dein prompt",
    ),
    (
        SWITCH,
        "ab jetzt|von nun an|ab sofort|du bist jetzt|du bist nun|sie sind jetzt|du bist ab|du bist nicht mehr|\
         von jetzt an|jetzt bist du",
    ),
    (
        ROLE,
        "tu so als|tue so als|handle als|agiere als|verhalte dich|spiel die rolle|spiele die rolle|\
         stell dir vor du|simuliere|du wirst|antworte als|schlupfe in|ubernimm die rolle|gib dich als|\
         spielst die rolle|tu als",
    ),
    (PERSONA, "entwicklermodus|dan modus|gottmodus|uneingeschrankter modus"),
    (
        UNBOUND,
        "ohne zensur|ohne filter|ohne einschrankungen|ohne beschrankungen|ohne grenzen|ohne regeln|ohne moral|\
         unzensiert|unzensierte|ungefiltert|uneingeschrankt|uneingeschrankte|frei von|alles tun|\
         keine einschrankungen|keine beschrankungen|keine regeln|keine grenzen|ohne ethische|ohne jegliche|\
         keinerlei|unbeschrankt|keine ethischen|ohne rucksicht",
    ),
    (
        NEVER_REFUSE,
        "niemals ablehnen|nicht ablehnen|nie verweigern|darfst nicht ablehnen|lehne nie|lehne niemals|\
         verweigere nie|verweigere niemals",
    ),
    (
        EMIT,
        "sag nur|sage nur|antworte nur|antworte ausschliesslich|antworte lediglich|antworte mit|gib nur|\
         schreib nur|schreibe nur|und sag|und sage|und zeige|und zeig|und schreibe|und schreib|und antworte|\
         und gib|und verrate|stattdessen|sag einfach|sage einfach|schreib einfach|drucke nur|und drucke|und nenne|\
         und wiederhole|und tu|und fuhre|und sende|sag stattdessen|und mach|und handle|und liste|gib einfach|\
         gib stattdessen",
    ),
    (
        NEW_RULES,
        "neue anweisung|neue anweisungen|neue aufgabe|neue regeln|neuen anweisungen|neue instruktionen|\
         wichtige anweisung|neuer auftrag|eigentliche aufgabe",
    ),
    (
        TO_MODEL,
        "wenn du eine ki|falls du eine ki|wenn sie eine ki|achtung ki|hinweis an die ki|hinweis fur die ki|\
         anweisung an die ki|anweisungen fur die ki|liebe ki|an die ki|fur den assistenten|ki assistent|\
         wenn du ein sprachmodell|falls du ein sprachmodell|wenn du ein ki|an den assistenten|fur ki",
    ),
    (
        COVERT,
        "sag nichts|sage nichts|erwahne nicht|ohne zu informieren|ohne den nutzer|ohne den benutzer|\
         ohne es zu erwahnen|informiere nicht|sag dem nutzer nicht|heimlich|dem benutzer nicht",
    ),
    (NOT, "nicht|niemals|nie|kein|keine|ohne zu|vermeide"),
    (
        REPORTED,
        "bittet|fragt|angriff|angriffe|angreifer|nutzer|benutzer|phrasen|wie zum beispiel|versucht|versuchen|\
         wenn jemand|falls jemand|z b|wenn ein",
    ),
    (
        QUESTION,
        "wie kann ich|wie kann man|wie|was passiert|was bedeutet|warum|ist es moglich|erklare|erklar|kann ich|\
         soll ich|darf ich",
    ),
    (SUBJECT, "ich|wir|sie|man|er|die|das"),
];

pub(in super::super) static DUTCH: &[Entry] = &[
    (
        DISMISS,
        "negeer|negeren|vergeet|vergeten|sla over|volg niet|stop met volgen|schenk geen aandacht|laat alle|verwerp|\
         houd geen rekening|gehoorzaam niet|trek je niets aan|wis alle",
    ),
    (DISMISS_LAST, "te negeren|te vergeten"),
    (BREAK, "omzeil|omzeilen|overschrijf|overschrijven|schakel uit|doorbreek|verwijder"),
    (
        PRIOR,
        "vorige|voorgaande|eerdere|bovenstaande|hierboven|hiervoor|daarvoor|voorafgaande|tot nu toe|\
         oorspronkelijke|eerder|originele|die je hebt gekregen|initiele",
    ),
    (
        RULES,
        "instructie|instructies|richtlijn|richtlijnen|aanwijzingen|prompt|prompts|opdrachten|beperkingen|\
         commando s|voorschriften|programmering",
    ),
    (THINGS, "alles|alle|regels|tekst|berichten|gesprek|context|wat ik|bevelen|wat je"),
    (YOUR, "je|jouw|uw"),
    (
        REVEAL,
        "toon|laat zien|laat me|onthul|geef|geef me|vertel|vertel me|print|herhaal|schrijf|deel|kopieer|wat is|\
         wat zijn|wat was|wat waren|openbaar|maak bekend|citeer|druk af|weergeef|vat samen|antwoord met",
    ),
    (
        SYSTEM_PROMPT,
        "systeemprompt|systeem prompt|system prompt|systeembericht|systeeminstructies|systeem instructies|\
         oorspronkelijke instructies|eerste prompt|verborgen instructies|geheime instructies|interne instructies|\
         initiele instructies|initiele prompt|beginprompt|oorspronkelijke prompt|startprompt|begininstructies|\
         originele instructies|verborgen prompt",
    ),
    (
        YOUR_PROMPT,
        "je instructies|jouw instructies|uw instructies|je systeemprompt|jouw systeemprompt|je prompt|jouw prompt|\
         je richtlijnen",
    ),
    (SWITCH, "vanaf nu|je bent nu|jij bent nu|u bent nu|voortaan|je bent niet langer|je bent geen"),
    (
        ROLE,
        "doe alsof|gedraag je|speel de rol|handel als|stel je voor dat je|simuleer|reageer als|antwoord als|\
         je zult|neem de rol",
    ),
    (PERSONA, "ontwikkelaarsmodus|dan modus|godmodus"),
    (
        UNBOUND,
        "zonder censuur|zonder filters|zonder beperkingen|zonder grenzen|zonder regels|zonder moraal|\
         ongecensureerd|ongefilterd|onbeperkt|onbeperkte|vrij van|alles doen|geen beperkingen|geen regels|\
         geen grenzen|zonder enige|zonder limieten|zonder ethische",
    ),
    (NEVER_REFUSE, "nooit weigeren|weiger nooit|mag niet weigeren|niet weigeren"),
    (
        EMIT,
        "zeg alleen|antwoord alleen|antwoord enkel|antwoord met|en zeg|en toon|en schrijf|en antwoord|en geef|\
         en onthul|in plaats daarvan|zeg gewoon|print alleen|en print|en vertel|en laat|zeg enkel|schrijf alleen|\
         en doe|en stuur|en voer|en herhaal|zeg slechts",
    ),
    (
        NEW_RULES,
        "nieuwe instructie|nieuwe instructies|nieuwe taak|nieuwe regels|nieuwe opdracht|belangrijke instructie",
    ),
    (
        TO_MODEL,
        "als je een ai|als u een ai|let op ai|bericht aan de ai|instructies voor de ai|beste ai|voor de assistent|\
         ai assistent|als je een taalmodel",
    ),
    (COVERT, "vertel niet|vermeld niet|zonder de gebruiker|zonder te melden|stiekem|informeer niet|zonder het te"),
    (NOT, "niet|nooit|geen|zonder te|vermijd"),
    (
        REPORTED,
        "vraagt|aanval|aanvallen|aanvaller|gebruikers|zinnen|zoals bijvoorbeeld|probeert|als iemand|\
         als een gebruiker|als de gebruiker",
    ),
    (QUESTION, "hoe kan ik|hoe|wat gebeurt|wat betekent|waarom|is het mogelijk|leg uit|kan ik|mag ik"),
    (SUBJECT, "ik|we|wij|ze|zij|die|dat"),
];

/// Swedish, Norwegian and Danish, which share most of these words.
pub(in super::super) static NORDIC: &[Entry] = &[
    (
        DISMISS,
        "ignorera|strunta i|glom|bortse fran|folj inte|sluta folja|asidosatt|forbise|hoppa over|lyd inte|ignorer|\
         glem|se bort fra|folg ikke|folg ikke|slutt a folge|stop med at folge|tilsidesaet|overse|tilsidesett|\
         ignorere|glemme",
    ),
    (BREAK, "kringga|asidosatt|skriv over|inaktivera|omga|deaktiver|tilsidesett|omgaa|bryt"),
    (
        PRIOR,
        "tidigare|foregaende|ovanstaende|ovan|innan|hittills|ursprungliga|tidligere|forrige|foregaende|ovenfor|\
         ovenstaende|over|forudgaende|oprindelige|opprinnelige|ovennevnte|forra|forutgaende|hidtidige",
    ),
    (
        RULES,
        "instruktion|instruktioner|instruktionerna|instruktionen|riktlinjer|riktlinjerna|anvisningar|direktiv|\
         prompt|prompten|instruksjon|instruksjoner|instruksjonene|instruks|retningslinjer|retningslinjene|\
         instrukser|instruktionerne|anvisninger|retningslinjerne|begransningar|begransninger|begraensninger|\
         kommandon|instruksene",
    ),
    (
        THINGS,
        "allt|alla|regler|reglerna|texten|meddelanden|konversationen|kontexten|alt|alle|teksten|beskeder|meldinger|\
         samtalen|vad jag|hva jeg|hvad jeg|ordrer|reglene",
    ),
    (YOUR, "dina|din|ditt|dine|dit"),
    (
        REVEAL,
        "visa|visa mig|avsloja|ge mig|beratta|skriv ut|upprepa|skriv|dela|kopiera|vad ar|vad var|vilka ar|vis|\
         vis meg|vis mig|avslor|gi meg|giv mig|fortell|fortael|gjenta|gentag|print|afslor|del|hva er|hvad er|\
         hvilke|udskriv|oplys|citera|svara med|lista|aterge",
    ),
    (
        SYSTEM_PROMPT,
        "systemprompt|systemprompten|system prompt|systemmeddelande|systemmeddelandet|systeminstruktioner|\
         systeminstruktionerna|ursprungliga instruktioner|dolda instruktioner|hemliga instruktioner|\
         interna instruktioner|systemmelding|systeminstruksjoner|opprinnelige instruksjoner|skjulte instruksjoner|\
         hemmelige instruksjoner|systembesked|systemprompts|oprindelige instruktioner|skjulte instruktioner|\
         initiala prompt|forsta prompten|ursprungliga prompt|initiala instruktioner|startprompt|systemprompt|\
         ursprungliga systemprompt|startinstruktioner",
    ),
    (
        YOUR_PROMPT,
        "dina instruktioner|din prompt|din systemprompt|dine instruksjoner|dine instruktioner|dina riktlinjer",
    ),
    (
        SWITCH,
        "fran och med nu|du ar nu|fra na av|fra nu af|du er na|du er nu|hadanefter|fra og med na|du ar inte langre|\
         fran och med",
    ),
    (
        ROLE,
        "lat som|agera som|bete dig som|spela rollen|latsas|forestall dig|simulera|lat som om|lat som du|late som|\
         opptre som|oppfor deg|spill rollen|lad som|optraed som|spil rollen|svara som|oppfor dig|forstil dig|\
         du ska agera",
    ),
    (PERSONA, "utvecklarlage|utviklermodus|udviklertilstand|dan lage|dan modus"),
    (
        UNBOUND,
        "utan censur|utan filter|utan begransningar|utan regler|utan restriktioner|utan granser|ocensurerad|\
         ofiltrerad|obegransad|fri fran|gora vad som helst|inga begransningar|inga regler|uten sensur|uten filter|\
         uten begrensninger|uten regler|uten restriksjoner|usensurert|gjore hva som helst|ingen begrensninger|\
         uden censur|uden filtre|uden begraensninger|uden regler|uden restriktioner|inga restriktioner|\
         gore hvad som helst",
    ),
    (NEVER_REFUSE, "vagra aldrig|aldrig vagra|aldri nekte|nekt aldri|naegt aldrig|far inte vagra"),
    (
        EMIT,
        "sag bara|svara bara|svara endast|svara med|och sag|och visa|och skriv|och svara|och ge|istallet|i stallet|\
         skriv bara|bare si|bare svar|svar bare|og si|og vis|og skriv|og svar|i stedet|svar kun|og sig|sig bare|\
         och avsloja|och gor|och beratta|och skriv ut|svar med|skriv kun|och upprepa|och folj|och skicka",
    ),
    (
        NEW_RULES,
        "nya instruktioner|ny instruktion|ny uppgift|nya regler|nye instruksjoner|ny oppgave|nye regler|\
         nye instruktioner|ny opgave",
    ),
    (
        TO_MODEL,
        "om du ar en ai|hvis du er en ai|hvis du er en ki|till ai|instruktioner for ai|ai assistent|for assistenten",
    ),
    (
        COVERT,
        "beratta inte|namn inte|utan att informera|utan att beratta|i hemlighet|fortell ikke|nevn ikke|\
         uten a fortelle|fortael ikke|naevn ikke",
    ),
    (NOT, "inte|aldrig|ikke|aldri|utan att|uten a|uden at|ej"),
    (
        REPORTED,
        "ber|attack|attacker|angripare|anvandare|fraser|till exempel|forsoker|om nagon|om en anvandare|hvis noen|\
         hvis nogen",
    ),
    (
        QUESTION,
        "hur kan jag|hur|vad hander|vad betyder|varfor|ar det mojligt|forklara|hvordan|hva skjer|hva betyr|hvorfor|\
         forklar|kan jag|kan jeg",
    ),
    (SUBJECT, "jag|vi|som|jeg|att"),
];

pub(in super::super) static RUSSIAN: &[Entry] = &[
    (
        DISMISS,
        "игнорируй*|проигнорируй*|игнорировать|забудь*|забыть|не обращай внимания|не обращайте внимания|не следуй*|\
         отбрось*|пренебреги*|перестань следовать|не учитывай*|не слушай*|отмени все|сбрось все|отложи*|\
         не выполняй*|прекрати следовать|удали все|не соблюдай*",
    ),
    (BREAK, "обойди*|обходи*|нарушь*|нарушай*|отключи*|переопредели*|сними|снять|замени"),
    (
        PRIOR,
        "предыдущ*|прошл*|прежн*|вышеуказанн*|вышеприведенн*|вышесказанн*|выше|ранее|до этого|предшествующ*|\
         исходн*|первоначальн*|изначальн*|полученн*|данные тебе|данные вам|предшеств*|вышеизложенн*|начальн*|раньше",
    ),
    (
        RULES,
        "инструкц*|указани*|директив*|промпт*|промт*|команд*|ограничени*|предписани*|руководств*|установк*|\
         рекомендац*|программирован*|инструктаж*",
    ),
    (THINGS, "все|всё|правил*|текст*|сообщени*|разговор*|контекст*|то что|приказ*|беседу|политик*|запрет*"),
    (YOUR, "твои|твой|ваши|ваш|свои|свой|твоих|своих|ваших|твоего|своего"),
    (
        REVEAL,
        "покажи*|показать|раскрой*|раскрыть|выведи*|вывести|скажи*|сообщи*|повтори*|напиши*|напечатай*|распечатай*|\
         поделись|выдай*|процитируй*|скопируй*|открой*|какие|какой|каков*|перечисли*|расскажи*|дай мне|переведи*|\
         разгласи*|предоставь*|ответь словом|отобрази*|опиши*",
    ),
    (
        SYSTEM_PROMPT,
        "системный промпт*|системного промпта|системные инструкц*|системных инструкц*|системное сообщени*|\
         системную инструкц*|системный промт*|системного промта|системный запрос|системную подсказку|\
         системная подсказка|системные указани*|системное указани*|исходные инструкц*|начальные инструкц*|\
         начальный промпт*|скрытые инструкц*|скрытый промпт*|секретные инструкц*|первоначальные инструкц*|\
         внутренние инструкц*|изначальные инструкц*|исходный промпт*|исходные указани*|первоначальный промпт*|\
         изначальный промпт*|системном промпт*|системной подсказк*|внутренние указани*|начальную инструкц*|\
         стартовый промпт*|system prompt|системным промптом",
    ),
    (
        YOUR_PROMPT,
        "твои инструкц*|твой промпт*|ваши инструкц*|свои инструкц*|свой промпт*|свой системный|твой системный|\
         ваш системный|твои указани*|твои правила|своих инструкций|твоих инструкций",
    ),
    (SWITCH, "с этого момента|отныне|теперь ты|теперь вы|с этой минуты|впредь|ты больше не|вы больше не|ты теперь"),
    (
        ROLE,
        "веди себя как|действуй как|притворись|притворяйся|представь что ты|представь себя|играй роль|сыграй роль|\
         выступай как|выступай в роли|изображай|ты будешь|симулируй|отвечай как|прими роль|вообрази|\
         ведите себя как|действуйте как|играешь роль",
    ),
    (PERSONA, "режим разработчика|режим dan|режим бога|режиме разработчика|режим без ограничений|режим дэн"),
    (
        UNBOUND,
        "без цензуры|без фильтров|без ограничений|без правил|без морали|без каких либо ограничений|без моральных|\
         без этических|неограниченн*|нефильтрованн*|можешь делать все|делать что угодно|не имеешь ограничений|\
         нет ограничений|нет правил|никаких ограничений|никаких правил|свободен от|не связан|не ограничен|\
         любые вопросы|можешь всё|без всяких",
    ),
    (NEVER_REFUSE, "никогда не отказывай*|не отказывай*|не можешь отказать*|не имеешь права отказ*|никогда не отказ*"),
    (
        EMIT,
        "просто скажи|просто напиши|просто выведи|просто ответь|только скажи|ответь только|отвечай только|\
         отвечай лишь|напиши только|выведи только|и скажи|и покажи|и напиши|и выведи|и ответь|и раскрой|и сообщи|\
         вместо этого|вместо них|и отвечай|и повтори|и сделай|и выполни|и действуй|и дай|и расскажи|скажи только|\
         и отправь|напечатай",
    ),
    (
        NEW_RULES,
        "новые инструкц*|новая инструкц*|новую инструкц*|новое задание|новая задача|новые правила|новые указани*|\
         новым инструкциям|важная инструкц*|новая задание",
    ),
    (
        TO_MODEL,
        "если ты ии|если вы ии|если ты искусственный|если ты языковая|внимание ии|для ии|инструкция для ии|\
         инструкции для ии|уважаемый ии|для ассистента|ассистенту|если ты ассистент|если ты нейросеть|ии ассистент|\
         сообщение для ии",
    ),
    (COVERT, "не говори|не сообщай*|не упоминай*|без ведома|не уведомляй*|тайно|не рассказывай|втайне|не информируй"),
    (NOT, "не|никогда|нельзя|без"),
    (
        REPORTED,
        "просит|попросил|просят|атак*|злоумышленник*|пользовател*|фраз*|например|пытается|пытаются|если кто|\
         если пользователь",
    ),
    (QUESTION, "как мне|как|что будет если|что значит|почему|можно ли|объясни|что такое|зачем|что делать"),
    (SUBJECT, "я|мы|они|он|она|чтобы|который|которые"),
];

pub(in super::super) static UKRAINIAN: &[Entry] = &[
    (
        DISMISS,
        "ігноруй*|проігноруй*|ігнорувати|забудь*|забути|не звертай уваги|не дотримуйся|не слідуй*|відкинь*|\
         знехтуй*|не зважай*|не враховуй*|не виконуй*|припини дотримуватися|скасуй усі|нехтуй*|перестань",
    ),
    (BREAK, "обійди|обходь|поруш*|вимкни*|перевизнач*|зніми"),
    (
        PRIOR,
        "попередн*|вищенаведен*|вище|раніше|до цього|минул*|початков*|первісн*|наведені вище|вищезазначен*|\
         отриман*|колишн*|оригінальн*",
    ),
    (RULES, "інструкц*|вказівк*|вказівок|директив*|промпт*|промт*|команд*|обмежен*|настанов*|розпорядж*|рекомендац*"),
    (THINGS, "все|усе|правил*|текст*|повідомленн*|розмов*|контекст*|те що|всі|усі|наказ*"),
    (YOUR, "твої|твій|ваші|ваш|свої|свій|твоїх|своїх"),
    (
        REVEAL,
        "покажи*|показати|розкрий*|розкрити|виведи*|скажи*|повідом*|повтори*|напиши*|надрукуй*|поділись|процитуй*|\
         скопіюй*|які|який|перелічи*|розкажи*|дай мені|відкрий*|надай*",
    ),
    (
        SYSTEM_PROMPT,
        "системний промпт*|системного промпта|системного промпту|системні інструкц*|системних інструкц*|\
         системне повідомленн*|системну інструкц*|системний промт*|системну підказку|системний запит|\
         системні вказівк*|початкові інструкц*|початковий промпт*|приховані інструкц*|прихований промпт*|\
         секретні інструкц*|внутрішні інструкц*|первинні інструкц*|системна підказка|початкові вказівк*|\
         оригінальні інструкц*",
    ),
    (
        YOUR_PROMPT,
        "твої інструкц*|твій промпт*|ваші інструкц*|свої інструкц*|свій промпт*|свій системний|твій системний|\
         ваш системний",
    ),
    (SWITCH, "відтепер|з цього моменту|тепер ти|тепер ви|віднині|надалі|ти більше не|ти тепер"),
    (
        ROLE,
        "поводься як|дій як|удавай|уяви що ти|уяви себе|грай роль|зіграй роль|виступай|ти будеш|прикинься|\
         відповідай як|вдай|дійте як",
    ),
    (PERSONA, "режим розробника|режим dan|режимі розробника|режим без обмежень"),
    (
        UNBOUND,
        "без цензури|без фільтрів|без обмежень|без правил|без моралі|без жодних обмежень|без будь яких обмежень|\
         необмежен*|можеш робити все|робити що завгодно|немає обмежень|ніяких обмежень|жодних обмежень|вільний від|\
         без етичних",
    ),
    (NEVER_REFUSE, "ніколи не відмовляй*|не відмовляй*|не можеш відмовити"),
    (
        EMIT,
        "просто скажи|просто напиши|просто виведи|лише скажи|тільки скажи|відповідай лише|відповідай тільки|\
         напиши лише|і скажи|та скажи|і покажи|та покажи|і напиши|та напиши|і виведи|натомість|замість цього|\
         і розкрий|та розкрий|та виведи|і дай|та дай|і розкажи|та розкажи|дай відповідь лише|і зроби|та відповідай|\
         надрукуй",
    ),
    (NEW_RULES, "нові інструкц*|нова інструкц*|нове завдання|нові правила|нові вказівк*"),
    (TO_MODEL, "якщо ти ші|якщо ви ші|для ші|увага ші|якщо ти штучний|для асистента|якщо ти мовна"),
    (COVERT, "не кажи|не повідомляй*|не згадуй*|таємно|без відома|не розповідай"),
    (NOT, "не|ніколи|без"),
    (REPORTED, "просить|атак*|зловмисник*|користувач*|фраз*|наприклад|намагається|якщо хтось"),
    (QUESTION, "як мені|як|що буде якщо|що означає|чому|чи можна|поясни|що таке|навіщо"),
    (SUBJECT, "я|ми|вони|він|вона|щоб|який|які"),
];

pub(in super::super) static POLISH: &[Entry] = &[
    (
        DISMISS,
        "zignoruj*|ignoruj*|ignorowac|zapomnij*|zapomniec|pomin|pomijaj|nie zwracaj uwagi|nie stosuj|odrzuc|\
         przestan stosowac|przestan przestrzegac|zlekcewaz|nie przestrzegaj|porzuc|nie sluchaj|odloz|\
         anuluj wszystkie|nie wykonuj|nie bierz pod uwage|usun wszystkie",
    ),
    (BREAK, "obejdz|omin|wylacz|nadpisz|zlam|uchyl|zastap"),
    (
        PRIOR,
        "poprzedni*|wczesniejsz*|powyzsz*|dotychczasow*|uprzedni*|wyzej|wczesniej|dotad|pierwotn*|poczatkow*|\
         oryginaln*|otrzyman*|przedtem",
    ),
    (RULES, "instrukcj*|polecen*|wytyczn*|dyrektyw*|prompt*|wskazowk*|ograniczen*|komend*|zalecen*|zabezpieczen*"),
    (THINGS, "wszystko|wszystkie|wszystkich|zasad*|regul*|tekst*|wiadomosci|rozmow*|kontekst*|to co|rozkaz*|caly"),
    (YOUR, "twoje|twoj|swoje|swoj|twoich|swoich|twojego|swojego|wasze"),
    (
        REVEAL,
        "pokaz*|ujawnij*|ujawnic|wyswietl*|podaj|powiedz*|powtorz*|napisz*|wydrukuj*|udostepnij|wypisz*|zdradz*|\
         skopiuj|zacytuj|jakie sa|jaki jest|jakie byly|jaki byl|przytocz|odslon|wymien|przedstaw|zwroc|opisz",
    ),
    (
        SYSTEM_PROMPT,
        "prompt systemowy|promptu systemowego|promptem systemowym|prompt systemu|instrukcje systemowe|\
         instrukcji systemowych|wiadomosc systemowa|komunikat systemowy|poczatkowe instrukcje|poczatkowy prompt|\
         ukryte instrukcje|ukryty prompt|tajne instrukcje|wewnetrzne instrukcje|pierwotne instrukcje|\
         polecenie systemowe|polecenia systemowe|pierwotny prompt|oryginalne instrukcje|systemowy prompt|\
         instrukcje poczatkowe|systemowe instrukcje|instrukcje wewnetrzne|wiadomosc systemowa|\
         poczatkowych instrukcji|oryginalny prompt|monit systemowy",
    ),
    (
        YOUR_PROMPT,
        "twoje instrukcje|twoj prompt|swoje instrukcje|swoj prompt|swoj systemowy|twoj systemowy|twoje wytyczne|\
         swoje wytyczne|swoich instrukcji|twoich instrukcji",
    ),
    (SWITCH, "od teraz|od tej pory|od tej chwili|jestes teraz|teraz jestes|nie jestes juz|odtad"),
    (
        ROLE,
        "zachowuj sie jak|dzialaj jako|dzialaj jak|udawaj|wyobraz sobie ze jestes|wciel sie|odgrywaj role|odgrywaj|\
         symuluj|bedziesz|odpowiadaj jako|graj role|zagraj role|wcielasz sie",
    ),
    (
        PERSONA,
        "tryb dewelopera|tryb deweloperski|tryb programisty|tryb dan|trybie dewelopera|tryb bez ograniczen|\
         trybie deweloperskim",
    ),
    (
        UNBOUND,
        "bez cenzury|bez filtrow|bez ograniczen|bez zasad|bez regul|bez limitow|bez moralnosci|nieograniczon*|\
         niecenzurowan*|mozesz zrobic wszystko|robic wszystko|zadnych ograniczen|brak ograniczen|wolny od|\
         bez zadnych|nie masz ograniczen|bez jakichkolwiek|zadnych zasad",
    ),
    (NEVER_REFUSE, "nigdy nie odmawiaj|nie odmawiaj|nie mozesz odmowic|nie wolno ci odmowic"),
    (
        EMIT,
        "po prostu powiedz|po prostu napisz|powiedz tylko|odpowiedz tylko|odpowiedz jedynie|napisz tylko|\
         wypisz tylko|wydrukuj tylko|i powiedz|i pokaz|i napisz|i wypisz|i odpowiedz|i ujawnij|i podaj|\
         zamiast tego|odpowiadaj tylko|i wyswietl|tylko napisz|i zrob|i wykonaj|i powtorz|i wyslij|odpowiedz slowem",
    ),
    (NEW_RULES, "nowe instrukcje|nowa instrukcja|nowe zadanie|nowe zasady|nowe polecenie|nowe polecenia|nowe wytyczne"),
    (
        TO_MODEL,
        "jesli jestes ai|jesli jestes sztuczna|jesli jestes modelem|uwaga ai|dla ai|do ai|instrukcje dla ai|\
         dla asystenta|asystencie",
    ),
    (COVERT, "nie mow|nie wspominaj|bez informowania|nie informuj|potajemnie|bez wiedzy|nie powiadamiaj"),
    (NOT, "nie|nigdy|bez"),
    (REPORTED, "prosi|atak*|napastnik*|uzytkowni*|fraz*|na przyklad|probuje|probuja|jesli ktos|jesli uzytkownik"),
    (QUESTION, "jak moge|jak|co sie stanie|co oznacza|dlaczego|czy mozna|czy moge|wyjasnij|co to jest"),
    (SUBJECT, "ja|my|oni|on|ona|zeby|aby|ktore|ktory"),
];

pub(in super::super) static CZECH: &[Entry] = &[
    (
        DISMISS,
        "ignoruj*|ignorovat|zapomen*|zapomenout|nedbej*|nerid se|neridte se|prestan se ridit|prehlizej*|vynech*|\
         nevsimej*|odloz|opomen*|neber ohled|nenasleduj*|prestan dodrzovat|nedodrzuj*|neposlouchej*|ignoruji|\
         zabudni*|nerespektuj*",
    ),
    (BREAK, "obejdi|obejdete|prepis|vypni|porus|deaktivuj|zrus|odstran"),
    (
        PRIOR,
        "predchoz*|predesl*|vyse|drive|dosavadn*|predtim|puvodn*|pocatecn*|vyse uveden*|dosud|predosl*|\
         predchadzajuc*|povodn*",
    ),
    (RULES, "instrukc*|pokyn*|smernic*|prikaz*|prompt*|omezen*|navod*|direktiv*|instrukci*|obmedzen*"),
    (THINGS, "vsechno|vse|vsechny|pravidl*|text*|zprav*|konverzac*|kontext*|to co|rozkaz*|vsetk*|veskere"),
    (YOUR, "sve|svuj|tvoje|tvuj|vase|vas|svoje|svych|tvych|tve"),
    (
        REVEAL,
        "ukaz*|odhal*|zobraz*|prozrad*|rekni*|reknete|vypis*|zopakuj*|opakuj*|napis*|vytiskni*|sdel*|zkopiruj*|\
         jake jsou|jaky je|jake byly|jaky byl|uved*|vyjmenuj*|sdilej*|povedz*|vyzrad*|poskytni*|odpovez",
    ),
    (
        SYSTEM_PROMPT,
        "systemovy prompt*|systemoveho promptu|systemove instrukce|systemovych instrukci|systemova zprava|\
         systemovou zpravu|pocatecni instrukce|pocatecni prompt|skryte instrukce|skryty prompt|tajne instrukce|\
         vnitrni instrukce|puvodni instrukce|puvodni prompt|systemove pokyny|pocatecni pokyny|puvodni pokyny|\
         interni pokyny|interni instrukce|skryte pokyny|systemovou vyzvu|systemova vyzva|systemove instrukcie|\
         tajne pokyny|systemovym promptem",
    ),
    (
        YOUR_PROMPT,
        "sve instrukce|tvoje instrukce|svuj prompt|tvuj prompt|vase instrukce|svuj systemovy|tvuj systemovy|\
         sve pokyny|tve instrukce|tve pokyny|svoje instrukce",
    ),
    (SWITCH, "od ted|od nynejska|odted|nyni jsi|ted jsi|jsi nyni|jsi ted|od teto chvile|uz nejsi|od tohoto okamziku"),
    (
        ROLE,
        "chovej se jako|jednej jako|predstirej|hraj roli|predstav si ze jsi|simuluj|budes|odpovidej jako|\
         vystupuj jako|delej ze jsi|hrajes roli|chovejte se jako",
    ),
    (PERSONA, "vyvojarsky rezim|rezim vyvojare|rezim dan|vyvojarskem rezimu"),
    (
        UNBOUND,
        "bez cenzury|bez filtru|bez omezeni|bez pravidel|bez limitu|bez moralky|neomezen*|necenzurovan*|\
         muzes delat cokoli|delat cokoliv|delat cokoli|zadna omezeni|zadna pravidla|nemas zadna|bez jakychkoli|\
         bez obmedzeni|bez etickych",
    ),
    (NEVER_REFUSE, "nikdy neodmitej|neodmitej|nesmis odmitnout|nemuzes odmitnout"),
    (
        EMIT,
        "jen rekni|jen napis|pouze rekni|pouze napis|odpovez pouze|odpovez jen|odpovidej pouze|odpovidej jen|\
         vypis pouze|vypis jen|a rekni|a ukaz|a napis|a vypis|a odpovez|a prozrad|a zobraz|misto toho|namisto toho|\
         proste rekni|proste napis|a odhal|a udelej|a proved|a zopakuj|a misto|a posli|jednoduse",
    ),
    (NEW_RULES, "nove instrukce|nova instrukce|novy ukol|nova pravidla|nove pokyny|novy pokyn"),
    (TO_MODEL, "pokud jsi ai|pokud jste ai|pro ai|pozor ai|pokud jsi umela|pro asistenta|pokud jsi jazykovy"),
    (COVERT, "nerikej|nezminuj*|neinformuj*|tajne|bez vedomi"),
    (NOT, "ne|nikdy|bez|nesmis"),
    (REPORTED, "zada|utok*|utocni*|uzivatel*|frazi|fraze|napriklad|snazi se|pokud nekdo|pokud uzivatel"),
    (QUESTION, "jak mohu|jak|co se stane|co znamena|proc|je mozne|vysvetli|co je|mohu|muzu"),
    (SUBJECT, "ja|my|oni|on|ona|aby|ktere|ktery"),
];

pub(in super::super) static GREEK: &[Entry] = &[
    (
        DISMISS,
        "αγνόησε|αγνοήστε|αγνόησέ|αγνόησετε|αγνοήσεις|αγνοήσετε|αγνοείς|ξέχασε|ξεχάστε|ξέχνα|παράβλεψε|παραβλέψτε|\
         μην ακολουθείς|μην ακολουθήσεις|μη λάβεις|σταμάτα να ακολουθείς|μην λαμβάνεις|μην υπακούς|διέγραψε όλες|\
         παράκαμψε|παρακάμψτε",
    ),
    (BREAK, "παράκαμψε|παρακάμψτε|απενεργοποίησε|κατάργησε|παραβίασε|αφαίρεσε"),
    (
        PRIOR,
        "προηγούμεν*|παραπάνω|πιο πάνω|ανωτέρω|μέχρι τώρα|πριν|αρχικ*|προγενέστερ*|που σου δόθηκαν|που έλαβες|\
         ως τώρα",
    ),
    (RULES, "οδηγί*|οδηγιών|εντολ*|κατευθυντήρι*|προτροπ*|prompt|περιορισμ*|υποδείξ*|κατευθύνσεις"),
    (THINGS, "όλα|όλες|όλους|κανόνες|κείμενο|μηνύματα|συνομιλία|ό τι|τα πάντα|πλαίσιο|όσα"),
    (YOUR, "σου|σας"),
    (
        REVEAL,
        "αποκάλυψε|αποκαλύψτε|αποκάλυψέ|αποκάλυψέ μου|δείξε|δείξτε|δείξε μου|εμφάνισε|εμφανίστε|πες μου|πες|πείτε|\
         επανάλαβε|επαναλάβετε|γράψε|γράψτε|εκτύπωσε|εκτυπώστε|τύπωσε|δώσε μου|ποιες είναι|ποιο είναι|ποιες ήταν|\
         ποια είναι|ποια ήταν|μοιράσου|αντίγραψε|απάντησε με|φανέρωσε",
    ),
    (
        SYSTEM_PROMPT,
        "προτροπή συστήματος|προτροπή του συστήματος|προτροπής συστήματος|system prompt|prompt συστήματος|\
         prompt του συστήματος|οδηγίες συστήματος|οδηγίες του συστήματος|μήνυμα συστήματος|μήνυμα του συστήματος|\
         αρχικές οδηγίες|αρχική προτροπή|κρυφές οδηγίες|μυστικές οδηγίες|εσωτερικές οδηγίες|αρχικό prompt|\
         αρχικές σου οδηγίες|αρχικό μήνυμα|εντολές συστήματος|κρυφό prompt",
    ),
    (YOUR_PROMPT, "τις οδηγίες σου|οδηγίες σου|το prompt σου|οδηγίες σας|οι οδηγίες σου|system prompt σου"),
    (
        SWITCH,
        "από εδώ και πέρα|από τώρα και στο εξής|από τώρα|τώρα είσαι|είσαι τώρα|είσαι πλέον|στο εξής|δεν είσαι πια|\
         δεν είσαι πλέον",
    ),
    (
        ROLE,
        "κάνε ότι είσαι|προσποιήσου|παίξε τον ρόλο|παίξε το ρόλο|ενήργησε ως|συμπεριφέρσου|φαντάσου ότι είσαι|\
         θα είσαι|λειτούργησε ως|υποδύσου|παρίστανε|απάντησε ως|ενεργείς ως|δράσε ως",
    ),
    (PERSONA, "λειτουργία προγραμματιστή|λειτουργία dan|λειτουργία χωρίς περιορισμούς"),
    (
        UNBOUND,
        "χωρίς περιορισμούς|χωρίς λογοκρισία|χωρίς φίλτρα|χωρίς κανόνες|χωρίς όρια|χωρίς κανέναν|χωρίς ηθική|\
         απεριόριστ*|κανέναν περιορισμό|οτιδήποτε|χωρίς ηθικούς",
    ),
    (NEVER_REFUSE, "μην αρνείσαι|ποτέ μην αρνηθείς|δεν μπορείς να αρνηθείς|μην αρνηθείς"),
    (
        EMIT,
        "απλά πες|απλώς πες|μόνο πες|πες μόνο|απάντησε μόνο|απάντησε με|γράψε μόνο|και πες|και δείξε|και γράψε|\
         και απάντησε|και αποκάλυψε|αντί αυτού|αντ αυτού|αντίθετα|τύπωσε μόνο|και εμφάνισε|απλά γράψε|απλώς γράψε|\
         και εκτύπωσε|και κάνε|και δώσε|και επανάλαβε|και στείλε",
    ),
    (NEW_RULES, "νέες οδηγίες|νέα οδηγία|νέα εργασία|νέοι κανόνες|νέο καθήκον|νέες εντολές"),
    (TO_MODEL, "αν είσαι τεχνητή|εάν είσαι ai|αν είσαι ai|για την ai|προς την ai|οδηγίες για το ai|αν είσαι γλωσσικό"),
    (COVERT, "μην πεις|μην αναφέρεις|χωρίς να ενημερώσεις|κρυφά|μην ενημερώσεις"),
    (NOT, "μην|μη|δεν|ποτέ|χωρίς να"),
    (
        REPORTED,
        "ζητά|ζητάει|επίθεση|επιθέσεις|εισβολέας|χρήστες|φράσεις|για παράδειγμα|προσπαθεί|αν κάποιος|αν ο χρήστης",
    ),
    (QUESTION, "πώς μπορώ|πώς|πως|τι συμβαίνει|τι σημαίνει|γιατί|είναι δυνατόν|εξήγησε|τι είναι|μπορώ να"),
];

pub(in super::super) static HUNGARIAN: &[Entry] = &[
    (
        DISMISS,
        "hagyd figyelmen kivul|felejtsd el|felejts el|ne vedd figyelembe|hagyja figyelmen kivul|felejtse el|\
         ne kovesd|mellozd|ignorald|ignoralj|ne torodj",
    ),
    (DISMISS_LAST, "hagyd figyelmen kivul|felejtsd el|ne vedd figyelembe|ignorald"),
    (PRIOR, "elozo|korabbi|fenti|eddigi|eredeti|kezdeti|megelozo"),
    (RULES, "utasitas*|iranyelv*|prompt*|parancs*|korlatozas*|instrukcio*"),
    (THINGS, "mindent|minden|osszes|szabaly*|szoveg*|uzenet*|beszelgetes*"),
    (
        REVEAL,
        "mutasd meg|aruld el|fedd fel|ird ki|ird le|mondd el|mondd meg|ismeteld meg|add meg|oszd meg|mi a|mik a|\
         mutasd|jelenitsd meg|nyomtasd ki",
    ),
    (
        SYSTEM_PROMPT,
        "rendszerprompt*|rendszer prompt*|rendszeruzenet*|rendszerutasitas*|eredeti utasitas*|kezdeti utasitas*|\
         rejtett utasitas*|titkos utasitas*|kezdeti prompt*|belso utasitas*|utasitasaidat|promptodat|\
         rendszerpromptodat",
    ),
    (SWITCH, "mostantol|most mar te|ezentul|te most|mostantol kezdve"),
    (ROLE, "viselkedj ugy|tegyel ugy|jatszd|kepzeld el hogy te|tegy ugy|szimulald"),
    (
        UNBOUND,
        "korlatozasok nelkul|cenzura nelkul|korlatok nelkul|szabalyok nelkul|szurok nelkul|barmit megtehetsz|\
         nincsenek korlat*|korlatlan*",
    ),
    (
        EMIT,
        "csak annyit|csak ird|csak mondd|valaszolj csak|es mondd|es ird|es mutasd|es aruld|ehelyett|helyette|\
         es valaszolj|es fedd",
    ),
    (NEW_RULES, "uj utasitas*|uj feladat*|uj szabaly*"),
    (NOT, "ne|soha|nem"),
    (QUESTION, "hogyan|hogy lehet|mit jelent|miert|magyarazd"),
];

pub(in super::super) static FINNISH: &[Entry] = &[
    (
        DISMISS,
        "jata huomiotta|unohda|ala noudata|ohita|sivuuta|ala valita|lopeta noudattaminen|jattaa huomiotta|\
         unohtakaa|jattakaa huomiotta",
    ),
    (PRIOR, "aiem*|edell*|yllaole*|ylla ole*|aikaisem*|alkuper*|tahanasti*"),
    (RULES, "ohje*|maaray*|kehot*|promptt*|prompti*|saannokset|rajoituk*|komento*|komennot"),
    (THINGS, "kaikki|kaiken|saannot|saantoja|teksti*|viesti*|keskustelu*"),
    (REVEAL, "nayta|paljasta|kerro|tulosta|toista|kirjoita|anna|jaa|kopioi|mika on|mitka ovat|listaa"),
    (
        SYSTEM_PROMPT,
        "jarjestelmakehot*|jarjestelmakehote*|jarjestelmaviesti*|jarjestelmaohje*|jarjestelmapromp*|\
         alkuperaiset ohje*|alkuperaisia ohje*|piilotet* ohje*|salaiset ohje*|systeemipromp*|ohjeesi|kehotteesi",
    ),
    (SWITCH, "tasta lahtien|olet nyt|nyt olet|tastedes|et ole enaa"),
    (ROLE, "esita|teeskentele|kayttaydy kuin|toimi kuin|nayttele|kuvittele olevasi|toimi roolissa"),
    (
        UNBOUND,
        "ilman rajoituksia|ilman sensuuria|ilman suodatt*|ilman saantoja|rajoittamat*|sensuroimat*|\
         voit tehda mita tahansa|ei rajoituksia|mita tahansa",
    ),
    (
        EMIT,
        "sano vain|vastaa vain|kirjoita vain|ja sano|ja nayta|ja kirjoita|ja vastaa|ja kerro|ja paljasta|\
         sen sijaan|tulosta vain|ja tulosta",
    ),
    (NEW_RULES, "uudet ohjeet|uusi ohje|uusi tehtava|uudet saannot"),
    (NOT, "ala|ei|koskaan"),
    (QUESTION, "miten|kuinka|mita tapahtuu|mita tarkoittaa|miksi|selita"),
];
