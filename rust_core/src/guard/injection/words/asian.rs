//! The languages of Asia and the Near East.

#[allow(clippy::wildcard_imports)] // nearly all of them
use super::super::concept::*;
use super::Entry;

pub(in super::super) static TURKISH: &[Entry] = &[
    (
        DISMISS_LAST,
        "gormezden gel*|yok say*|unut*|dikkate alma*|goz ardi et*|uyma|uymayi birak*|umursama*|onemseme*|\
         takip etme*|bos ver*|yoksay*|aldirma*|iptal et*|sil|gec",
    ),
    (DISMISS, "unut|yok say|gormezden gel|bosver"),
    (
        PRIOR,
        "onceki|yukaridaki|daha once|simdiye kadar|evvelki|ilk|baslangictaki|gecmis|sana verilen|size verilen|\
         verilen|bundan onceki|onceden|bugune kadar|orijinal",
    ),
    (RULES, "talimat*|yonerge*|komut*|prompt*|istem*|yonlendirme*|direktif*|emirler*"),
    (THINGS, "her seyi|hersey*|tum|butun|metin*|mesaj*|konusma*|soyledigim*|soylenen*|hepsini|kural*|kisitlama*"),
    (YOUR, "senin|sizin"),
    (
        REVEAL,
        "goster*|acikla*|ifsa et*|yazdir*|soyle*|tekrarla*|tekrar et*|yaz|paylas*|ver|kopyala*|nedir|nelerdir|\
         neydi|ortaya cikar*|listele*|bana ver",
    ),
    (
        SYSTEM_PROMPT,
        "sistem istem*|sistem prompt*|sistem mesaj*|sistem talimat*|sistem komut*|baslangic talimat*|ilk talimat*|\
         gizli talimat*|gizli prompt*|orijinal talimat*|ic talimat*|baslangic prompt*|ilk prompt*|sistem yonerge*|\
         baslangic istem*|gizli istem*|sistem bilgi istem*",
    ),
    (
        YOUR_PROMPT,
        "talimatlarini|talimatlariniz*|promptunu|sistem promptunu|sistem istemini|yonergelerini|talimatlarin",
    ),
    (
        SWITCH,
        "bundan sonra|bundan boyle|su andan itibaren|artik sen|sen artik|simdi sen|simdiden itibaren|sen simdi|\
         artik bir",
    ),
    (
        ROLE,
        "gibi davran*|rolunu oyna*|rol yap*|taklit et*|numara yap*|olarak hareket et*|rolune gir*|gibi yap*|\
         hayal et|olarak davran*|olarak cevap ver*|rolunu ustlen*",
    ),
    (PERSONA, "gelistirici mod*|dan mod*|tanri mod*|sinirsiz mod*"),
    (
        UNBOUND,
        "sansursuz*|filtresiz*|sinirsiz*|kisitlama olmadan|kisitlamasiz*|kuralsiz*|hicbir kisitlama*|hicbir kural*|\
         her seyi yapabil*|herhangi bir kisitlama*|hicbir sinir*|ahlaki|etik kural*|filtre olmadan|sansur olmadan",
    ),
    (NEVER_REFUSE, "asla reddetme*|reddetme*|reddedemez*"),
    (
        EMIT,
        "sadece yaz*|sadece soyle*|yalnizca yaz*|yalnizca soyle*|sadece cevap*|yalnizca cevap*|sadece yanit*|\
         yalnizca yanit*|ve bana|ve sistem|bunun yerine|onun yerine|ve sadece|ve soyle|ve yaz|ve goster|ve acikla|\
         diye cevap*|diye yanit*|ve su|ve yalnizca",
    ),
    (NEW_RULES, "yeni talimat*|yeni gorev*|yeni kural*|yeni yonerge*|yeni komut*"),
    (TO_MODEL, "eger bir yapay zeka|yapay zeka icin|yapay zekaya|dikkat yapay zeka|asistan icin"),
    (COVERT, "kullaniciya soyleme*|bahsetme*|haber vermeden|gizlice|kullaniciya bildirme*|soylemeden"),
    (REPORTED, "saldiri*|kullanicilar|ornegin|isterse|calisir|deneyen"),
    (QUESTION, "nasil|ne anlama|neden|mumkun mu|ne olur|acikla bana"),
];

pub(in super::super) static INDONESIAN: &[Entry] = &[
    (
        DISMISS,
        "abaikan|lupakan|jangan ikuti|jangan hiraukan|jangan pedulikan|hiraukan|kesampingkan|berhenti mengikuti|\
         tinggalkan|jangan patuhi|mengabaikan|melupakan|hapus semua|acuhkan|tidak usah ikuti",
    ),
    (BREAK, "lewati|timpa|nonaktifkan|langgar|hindari|ganti"),
    (
        PRIOR,
        "sebelumnya|di atas|sebelum ini|terdahulu|tadi|awal|asli|sejauh ini|yang diberikan|terdahulu|sebelum|\
         terdahulu",
    ),
    (RULES, "instruksi|petunjuk|perintah|arahan|pedoman|prompt|arahan"),
    (THINGS, "semua|segala|aturan|teks|pesan|percakapan|konteks|segalanya|semuanya|seluruh|batasan|pembatasan|panduan"),
    (YOUR, "anda|kamu|mu|sistemmu"),
    (
        REVEAL,
        "tampilkan|tunjukkan|ungkapkan|beritahu|beri tahu|cetak|ulangi|tuliskan|tulis|bagikan|sebutkan|salin|\
         berikan|apa saja|apa itu|apa isi|bocorkan|keluarkan|perlihatkan|katakan|jelaskan|jawab dengan",
    ),
    (
        SYSTEM_PROMPT,
        "prompt sistem|sistem prompt|pesan sistem|instruksi sistem|instruksi awal|prompt awal|\
         instruksi tersembunyi|prompt tersembunyi|instruksi rahasia|instruksi asli|prompt asli|instruksi internal|\
         perintah sistem|petunjuk sistem|perintah awal|system prompt|arahan sistem|promp sistem",
    ),
    (
        YOUR_PROMPT,
        "instruksi anda|instruksimu|prompt anda|promptmu|instruksi kamu|prompt sistem anda|prompt sistem kamu|\
         instruksi awal anda",
    ),
    (
        SWITCH,
        "mulai sekarang|sekarang kamu adalah|sekarang anda adalah|anda sekarang adalah|kamu sekarang adalah|\
         mulai saat ini|anda sekarang|kamu sekarang|kamu bukan lagi|anda bukan lagi|sekarang anda|sekarang kamu",
    ),
    (
        ROLE,
        "berpura pura|bertindak sebagai|bertindaklah|berperan sebagai|berperanlah|bayangkan kamu|bayangkan anda|\
         mainkan peran|berlagak|simulasikan|jadilah|berlakulah|pura pura",
    ),
    (PERSONA, "mode pengembang|mode dan|mode tanpa batas|mode developer"),
    (
        UNBOUND,
        "tanpa sensor|tanpa filter|tanpa batasan|tanpa aturan|tanpa pembatasan|tanpa batas|bebas dari|\
         melakukan apa saja|melakukan apapun|tidak memiliki batasan|tidak ada batasan|tidak terbatas|tanpa etika|\
         tanpa moral|apa pun",
    ),
    (NEVER_REFUSE, "jangan pernah menolak|jangan menolak|tidak boleh menolak|tidak bisa menolak"),
    (
        EMIT,
        "cukup katakan|hanya katakan|katakan saja|jawab hanya|cukup jawab|jawab dengan|hanya jawab|dan katakan|\
         dan tampilkan|dan tulis|dan jawab|dan ungkapkan|dan tunjukkan|dan berikan|sebagai gantinya|cukup cetak|\
         hanya cetak|dan cetak|cukup tulis|dan beri|dan beritahu|dan lakukan|dan bertindak|dan ulangi|dan sebutkan|\
         dan kirim",
    ),
    (NEW_RULES, "instruksi baru|tugas baru|aturan baru|perintah baru|arahan baru"),
    (
        TO_MODEL,
        "jika anda adalah ai|jika kamu adalah ai|jika kamu ai|untuk ai|perhatian ai|untuk asisten|jika anda model|\
         asisten ai",
    ),
    (COVERT, "jangan beri tahu|jangan beritahu|jangan sebutkan|tanpa memberi tahu|tanpa memberitahu|diam diam"),
    (NOT, "jangan|tidak|tanpa|bukan"),
    (REPORTED, "meminta|serangan|penyerang|pengguna|frasa|misalnya|contohnya|mencoba|jika seseorang|jika pengguna"),
    (QUESTION, "bagaimana|apa yang terjadi|apa artinya|mengapa|kenapa|bisakah|apakah"),
    (SUBJECT, "saya|kami|mereka|dia|yang|untuk"),
];

pub(in super::super) static VIETNAMESE: &[Entry] = &[
    (
        DISMISS,
        "bỏ qua|quên|quên đi|hãy quên|phớt lờ|không tuân theo|đừng làm theo|lờ đi|không làm theo|đừng tuân theo|\
         mặc kệ|không quan tâm|ngừng tuân theo|bác bỏ|xóa tất cả|gạt bỏ|đừng để ý",
    ),
    (BREAK, "vượt qua|ghi đè|vô hiệu hóa|phá vỡ|lách|vi phạm|loại bỏ"),
    (PRIOR, "trước đó|trước đây|ở trên|bên trên|phía trên|trước|ban đầu|từ trước|đã cho|gốc|đến giờ|đã nhận|vừa rồi"),
    (RULES, "hướng dẫn|chỉ dẫn|chỉ thị|lệnh|câu lệnh|prompt|mệnh lệnh|hạn chế|nguyên tắc|lời nhắc|chỉ đạo"),
    (THINGS, "tất cả|mọi|mọi thứ|quy tắc|văn bản|tin nhắn|cuộc trò chuyện|ngữ cảnh|những gì|toàn bộ"),
    (YOUR, "của bạn"),
    (
        REVEAL,
        "tiết lộ|hiển thị|cho tôi xem|cho tôi biết|cho biết|in ra|lặp lại|viết ra|chia sẻ|sao chép|là gì|đưa ra|\
         nói cho tôi|liệt kê|cung cấp|trích dẫn|nhắc lại|hãy in|xuất ra|viết lại|tóm tắt",
    ),
    (
        SYSTEM_PROMPT,
        "lời nhắc hệ thống|prompt hệ thống|lệnh hệ thống|hướng dẫn hệ thống|thông điệp hệ thống|tin nhắn hệ thống|\
         câu lệnh hệ thống|chỉ dẫn hệ thống|hướng dẫn ban đầu|lời nhắc ban đầu|prompt ban đầu|chỉ dẫn ban đầu|\
         hướng dẫn bí mật|hướng dẫn ẩn|chỉ thị ban đầu|chỉ thị hệ thống|prompt gốc|hướng dẫn gốc|hướng dẫn nội bộ|\
         nhắc nhở hệ thống|system prompt|lời nhắc của hệ thống|prompt của hệ thống|chỉ dẫn ẩn",
    ),
    (
        YOUR_PROMPT,
        "hướng dẫn của bạn|prompt của bạn|lời nhắc của bạn|chỉ dẫn của bạn|chỉ thị của bạn|hệ thống của bạn|\
         ban đầu của bạn",
    ),
    (
        SWITCH,
        "từ bây giờ|bây giờ bạn là|từ giờ|kể từ bây giờ|bạn bây giờ là|giờ bạn là|kể từ giờ|từ nay|bạn không còn là",
    ),
    (
        ROLE,
        "giả vờ|đóng vai|hành động như|hãy tưởng tượng bạn|hành xử như|nhập vai|mô phỏng|cư xử như|đóng giả|\
         trả lời như",
    ),
    (PERSONA, "chế độ nhà phát triển|chế độ dan|chế độ không giới hạn"),
    (
        UNBOUND,
        "không kiểm duyệt|không có kiểm duyệt|không giới hạn|không có giới hạn|không bị giới hạn|không hạn chế|\
         không có hạn chế|không bị hạn chế|không có quy tắc|không có bộ lọc|làm bất cứ điều gì|bất cứ điều gì|\
         không bị ràng buộc|không có bất kỳ|không có đạo đức",
    ),
    (NEVER_REFUSE, "không được từ chối|không bao giờ từ chối|đừng từ chối"),
    (
        EMIT,
        "chỉ nói|chỉ trả lời|chỉ in|chỉ cần nói|chỉ cần trả lời|chỉ cần in|và nói|và hiển thị|và viết|và trả lời|\
         và tiết lộ|và cho tôi|thay vào đó|chỉ viết|hãy nói|và in|và đưa|và làm|và thực hiện|và cho biết|và gửi",
    ),
    (NEW_RULES, "hướng dẫn mới|nhiệm vụ mới|chỉ thị mới|quy tắc mới|lệnh mới|chỉ dẫn mới"),
    (TO_MODEL, "nếu bạn là ai|nếu bạn là một ai|nếu bạn là trí tuệ|dành cho ai|nếu bạn là mô hình|trợ lý ai"),
    (COVERT, "đừng nói với|không nói với|đừng đề cập|không đề cập|mà không thông báo|bí mật"),
    (NOT, "không|đừng|chớ"),
    (REPORTED, "yêu cầu|tấn công|người dùng|ví dụ|cố gắng|nếu ai đó"),
    (QUESTION, "làm thế nào|làm sao|điều gì|nghĩa là gì|tại sao|có thể|giải thích"),
];

pub(in super::super) static HINDI: &[Entry] = &[
    (
        DISMISS_LAST,
        "अनदेखा|अनदेखी|नजरअंदाज|नज़रअंदाज़|नजरंदाज|भूल जा*|भुला*|उपेक्षा|पालन न कर*|पालन मत कर*|ध्यान न द*|\
         ध्यान मत द*|इग्नोर|अस्वीकार|छोड़ द*|रद्द",
    ),
    (DISMISS, "भूल जाओ|भूल जाइए|भूल जाएं|नजरअंदाज करें|अनदेखा करें"),
    (PRIOR, "पिछल*|पूर्व|पहले|उपरोक्त|ऊपर*|अब तक|पुरान*|मूल|प्रारंभिक|पूर्ववर्ती|दिए गए"),
    (
        RULES,
        "निर्देश*|हिदायत*|आदेश*|दिशानिर्देश*|प्रॉम्प्ट*|प्रॉम्प्ट|प्रतिबंध*|कमांड*|अनुदेश*|दिशा निर्देश*|\
         इंस्ट्रक्शन*",
    ),
    (THINGS, "सब कुछ|सभी|सारे|नियम*|पाठ|संदेश*|बातचीत|सब|वार्तालाप"),
    (YOUR, "अपने|अपना|अपनी|आपके|आपका|आपकी|तुम्हारे|तुम्हारा"),
    (
        REVEAL,
        "दिखा*|बता*|प्रकट|प्रिंट|दोहरा*|लिख*|साझा|खुलासा|उजागर|क्या है|क्या हैं|क्या था|क्या थे|दीजिए|प्रदर्शित|\
         कॉपी",
    ),
    (
        SYSTEM_PROMPT,
        "सिस्टम प्रॉम्प्ट*|सिस्टम प्रोम्प्ट*|सिस्टम निर्देश*|सिस्टम संदेश*|सिस्टम मैसेज*|प्रारंभिक निर्देश*|\
         मूल निर्देश*|छिपे निर्देश*|गुप्त निर्देश*|छिपे हुए निर्देश*|आंतरिक निर्देश*|प्रारंभिक प्रॉम्प्ट*|\
         मूल प्रॉम्प्ट*|प्रणाली संकेत*|सिस्टम संकेत*|प्रणाली निर्देश*|शुरुआती निर्देश*|सिस्टम के निर्देश*",
    ),
    (YOUR_PROMPT, "अपने निर्देश*|आपके निर्देश*|अपना प्रॉम्प्ट*|अपना सिस्टम|आपका सिस्टम|अपने सिस्टम|तुम्हारे निर्देश*"),
    (SWITCH, "अब से|अब आप|अब तुम|इस क्षण से|आज से|आगे से|अब तू"),
    (
        ROLE,
        "की तरह व्यवहार|के रूप में कार्य|के रूप में काम|नाटक कर*|भूमिका निभा*|अभिनय कर*|कल्पना कर*|होने का दिखावा|\
         के रूप में व्यवहार|दिखावा कर*|की भूमिका",
    ),
    (PERSONA, "डेवलपर मोड|डैन मोड"),
    (
        UNBOUND,
        "बिना किसी प्रतिबंध*|बिना प्रतिबंध*|बिना सेंसर*|बिना किसी रोक*|बिना किसी सीमा*|बिना फ़िल्टर|बिना फिल्टर|\
         असीमित|कोई प्रतिबंध नहीं|कोई नियम नहीं|कोई सीमा नहीं|कुछ भी कर सकते|बिना किसी नियम|बिना नियम*|कुछ भी कर|\
         बिना किसी नैतिक*",
    ),
    (NEVER_REFUSE, "कभी मना|मना नहीं कर|इनकार नहीं|इनकार मत|मना मत"),
    (
        EMIT,
        "केवल|सिर्फ|और मुझे|और बता*|और दिखा*|और लिख*|और प्रिंट|इसके बजाय|बस|और अपना|और केवल|और सिर्फ|और उत्तर|\
         और कह*",
    ),
    (NEW_RULES, "नए निर्देश*|नया कार्य|नए नियम|नया निर्देश*|नया काम"),
    (COVERT, "को मत बता*|को न बता*|बिना बता*|उल्लेख न|उल्लेख मत|चुपचाप"),
    (REPORTED, "हमला*|हमले|हमलावर|उपयोगकर्ता|उदाहरण|कोशिश|अगर कोई|यदि कोई"),
    (QUESTION, "कैसे|क्यों|क्या मतलब|क्या होगा|समझा*|क्या मैं|क्या यह"),
];

pub(in super::super) static BENGALI: &[Entry] = &[
    (DISMISS_LAST, "উপেক্ষা|ভুলে যা*|অগ্রাহ্য|অবহেলা|এড়িয়ে যা*|মানবে না|অনুসরণ করো না|অনুসরণ করবেন না|বাদ দা*"),
    (PRIOR, "পূর্ব*|আগের|উপরের|পূর্ববর্তী|এর আগে|প্রাথমিক|মূল|আগে"),
    (RULES, "নির্দেশ*|নির্দেশনা*|নির্দেশাবলী|আদেশ*|প্রম্পট*|নির্দেশিকা*|বিধিনিষেধ*"),
    (THINGS, "সব|সবকিছু|সমস্ত|সকল|নিয়ম*|বার্তা*|কথোপকথন*"),
    (YOUR, "তোমার|আপনার"),
    (REVEAL, "দেখা*|প্রকাশ|বল*|প্রিন্ট|পুনরাবৃত্তি|লিখ*|লেখ*|কী|জানা*"),
    (
        SYSTEM_PROMPT,
        "সিস্টেম প্রম্পট*|সিস্টেম নির্দেশ*|সিস্টেম বার্তা*|প্রাথমিক নির্দেশ*|গোপন নির্দেশ*|লুকানো নির্দেশ*|\
         মূল নির্দেশ*",
    ),
    (SWITCH, "এখন থেকে|এখন তুমি|এখন আপনি"),
    (ROLE, "ভান কর*|মতো আচরণ|হিসেবে কাজ|ভূমিকা পালন|অভিনয় কর*"),
    (UNBOUND, "কোনো বিধিনিষেধ ছাড়া*|কোনো সীমাবদ্ধতা ছাড়া*|সীমাহীন|কোনো নিয়ম নেই|যেকোনো কিছু"),
    (EMIT, "শুধু|এবং বল*|এবং আমাকে|পরিবর্তে|এবং দেখা*|এবং লিখ*|এবং তোমার|এবং আপনার"),
    (NEW_RULES, "নতুন নির্দেশ*|নতুন কাজ"),
    (QUESTION, "কীভাবে|কেন|কিভাবে|ব্যাখ্যা"),
];

pub(in super::super) static ARABIC: &[Entry] = &[
    (
        DISMISS,
        "تجاهل|تجاهلي|تجاهلوا|انس |انسى|انسي|إنس|لا تتبع|تغاض|اهمل|أهمل|لا تلتزم|لا تهتم|توقف عن اتباع|تخل عن|\
         اترك جميع|تناس|تجاوز|ألغ جميع|امسح جميع|دع عنك",
    ),
    (BREAK, "تجاوز|تخط|ألغ|عطل|اكسر|تحايل"),
    (PRIOR, "السابق|السابقة|أعلاه|اعلاه|قبل|الأولية|الأصلية|المذكورة|السالفة|المسبقة|حتى الآن|سبق|الماضية|الاولى"),
    (
        RULES,
        "التعليمات|تعليمات|الإرشادات|إرشادات|التوجيهات|توجيهات|الأوامر|أوامر|البرومبت|الموجه|القيود|قيود|موجه|\
         ارشادات|تعليماتك|توجيهاتك|إرشاداتك",
    ),
    (THINGS, "كل شيء|جميع|القواعد|النص|الرسائل|المحادثة|ما قلته|كل ما|السياق|كافة|قواعد"),
    (YOUR, "الخاصة بك|الخاص بك|لديك"),
    (
        REVEAL,
        "اكشف|أظهر|اظهر|اعرض|اطبع|كرر|أخبرني|اخبرني|قل لي|اكتب|شارك|انسخ|ما هي|ما هو|أعطني|اعطني|أفصح|افصح|أعد|\
         اذكر|اسرد|ما كانت|أرني|ارني|عرض|لخص",
    ),
    (
        SYSTEM_PROMPT,
        "موجه النظام|مطالبة النظام|رسالة النظام|تعليمات النظام|برومبت النظام|التعليمات الأولية|التعليمات الأصلية|\
         التعليمات السرية|التعليمات المخفية|موجهات النظام|تعليماتك الأولية|تعليماتك الأصلية|الموجه الأولي|\
         التعليمات الداخلية|تعليماتك السرية|تعليماتك الداخلية|نص النظام|أوامر النظام|توجيهات النظام|إرشادات النظام|\
         تعليماتك المخفية|مطالبة نظام|موجه نظام",
    ),
    (YOUR_PROMPT, "تعليماتك|نظامك|توجيهاتك|موجهك|النظام الخاص بك|النظام الخاصة بك"),
    (SWITCH, "من الآن فصاعدا|من الآن|أنت الآن|انت الان|منذ الآن|ابتداء من الآن|لم تعد|الآن أنت|من الان"),
    (
        ROLE,
        "تظاهر|تصرف كأنك|تصرف ك|تصرف وكأنك|العب دور|تقمص|تخيل أنك|مثل دور|قم بدور|تصرف على أنك|بصفتك|ادعي أنك|\
         تصرف مثل",
    ),
    (PERSONA, "وضع المطور|وضع دان|وضع dan|وضع بلا قيود"),
    (
        UNBOUND,
        "بدون قيود|بلا قيود|دون قيود|بدون رقابة|بدون فلتر|بلا حدود|بدون حدود|دون أي قيود|بدون أي قيود|غير مقيد|\
         بدون أي رقابة|لا قيود|أي شيء|دون رقابة|بلا رقابة|غير مقيدة|بدون فلاتر|بدون قواعد|متحرر",
    ),
    (NEVER_REFUSE, "لا ترفض|ألا ترفض|لا يمكنك الرفض|لا يمكنك رفض"),
    (
        EMIT,
        "فقط قل|قل فقط|اطبع فقط|أجب فقط|اكتب فقط|وقل|واكتب|واطبع|وأجب|واكشف|وأخبرني|وأظهر|بدلا من ذلك|وبدلا|أجب ب|\
         واعرض|وأعطني|وقم|رد فقط|ورد|ونفذ|وأرسل|وكرر|واخبرني",
    ),
    (
        NEW_RULES,
        "تعليمات جديدة|التعليمات الجديدة|مهمة جديدة|مهمتك الجديدة|قواعد جديدة|أوامر جديدة|التعليمات التالية|\
         مهمتك الآن",
    ),
    (TO_MODEL, "إذا كنت نموذج|إذا كنت ذكاء|إلى الذكاء الاصطناعي|للذكاء الاصطناعي|اذا كنت ذكاء|إلى المساعد"),
    (COVERT, "لا تخبر|لا تذكر|دون إخبار|دون علم|سرا"),
    (NOT, "لا |لن |لم |عدم "),
    (REPORTED, "يطلب|هجوم|هجمات|المهاجم|المستخدمين|مثل|يحاول|إذا طلب"),
    (QUESTION, "كيف|لماذا|ماذا يعني|ماذا يحدث|هل يمكن|اشرح"),
];

pub(in super::super) static PERSIAN: &[Entry] = &[
    (DISMISS_LAST, "نادیده بگیر|فراموش کن|توجه نکن|پیروی نکن|چشم‌پوشی کن|کنار بگذار|بی‌خیال|نادیده گرفته"),
    (PRIOR, "قبلی|پیشین|بالا|اولیه|تاکنون"),
    (RULES, "دستورالعمل|دستورات|دستور|پرامپت|راهنما|محدودیت|قوانین"),
    (THINGS, "همه چیز|تمام|همه"),
    (REVEAL, "نشان بده|فاش کن|چاپ کن|تکرار کن|بگو|بنویس|چیست|افشا کن"),
    (
        SYSTEM_PROMPT,
        "پرامپت سیستم|دستورالعمل‌های سیستم|دستورات سیستم|پیام سیستم|دستورالعمل‌های اولیه|دستورالعمل‌های مخفی|\
         دستورالعمل های اولیه|پرامپت اولیه|دستورالعمل های سیستم",
    ),
    (SWITCH, "از این به بعد|از الان|اکنون تو|تو اکنون|حالا تو"),
    (ROLE, "وانمود کن|نقش بازی کن|مانند یک"),
    (UNBOUND, "بدون محدودیت|بدون سانسور|بدون فیلتر|هیچ محدودیتی|بدون هیچ"),
    (EMIT, "فقط بگو|فقط بنویس|و بگو|در عوض|به جای آن|و فقط"),
    (NEW_RULES, "دستورالعمل جدید|دستورات جدید|وظیفه جدید"),
];

pub(in super::super) static HEBREW: &[Entry] = &[
    (DISMISS, "התעלם|התעלמי|התעלמו|שכח|שכחי|תשכח|תתעלם|אל תציית|הפסק לציית|אל תפעל לפי"),
    (PRIOR, "הקודמות|הקודמים|קודמות|הקודם|שלמעלה|לעיל|עד כה|הראשוניות|המקוריות|לפני כן"),
    (RULES, "ההוראות|הוראות|ההנחיות|הנחיות|הפרומפט|פרומפט|הפקודות|המגבלות|הוראותיך"),
    (THINGS, "הכל|כל מה|כל|הכללים|הטקסט|ההודעות"),
    (REVEAL, "הצג|גלה|חשוף|הדפס|חזור על|ספר לי|כתוב|תראה לי|הראה|תגיד לי|מה הן|מהן|מה הם|מהי|תגלה|שתף"),
    (
        SYSTEM_PROMPT,
        "הנחיות המערכת|הוראות המערכת|פרומפט המערכת|הודעת המערכת|ההוראות הראשוניות|ההנחיות הראשוניות|\
         ההוראות הסודיות|ההוראות המקוריות|הנחיית המערכת|הוראות מערכת|ההוראות שלך|ההנחיות שלך|הפרומפט שלך",
    ),
    (SWITCH, "מעכשיו|מעתה|אתה עכשיו|עכשיו אתה|מרגע זה|אתה כעת"),
    (ROLE, "העמד פנים|התנהג כ|תתנהג כ|שחק את התפקיד|דמיין שאתה|פעל כ"),
    (UNBOUND, "ללא הגבלות|ללא מגבלות|בלי הגבלות|בלי מגבלות|ללא צנזורה|ללא פילטרים|אין לך מגבלות|ללא כללים|כל דבר"),
    (EMIT, "רק תגיד|רק אמור|רק כתוב|ואמור|וכתוב|והצג|ותגיד|במקום זאת|וגלה|והדפס|ענה רק|ופשוט"),
    (NEW_RULES, "הוראות חדשות|משימה חדשה|הנחיות חדשות"),
    (QUESTION, "איך|כיצד|למה|מה המשמעות|הסבר"),
];

pub(in super::super) static CHINESE: &[Entry] = &[
    (
        DISMISS,
        "忽略|无视|無視|忘记|忘記|忘掉|不要遵守|不要遵循|不再遵循|不要理会|不要理會|抛开|拋開|抛弃|拋棄|停止遵循|停止遵守|不必遵守|不用管|别管|别理|丢弃|不理会|不予理会|放弃|舍弃|不需要遵守|\
         无需遵守|略过|跳过",
    ),
    (BREAK, "绕过|繞過|突破|覆盖|覆蓋|规避|禁用|关闭|解除|打破|推翻|废除"),
    (
        PRIOR,
        "之前|先前|以上|上述|上面|前面|此前|前述|以前|原先|原来|原始|最初|初始|一开始|已有|早先|你收到|你被赋予|刚才|至今|前文|上文|系统给",
    ),
    (RULES, "指令|指示|提示词|提示詞|提示|命令|指引|指南"),
    (
        THINGS,
        "所有|一切|全部|任何|内容|內容|对话|對話|信息|消息|文字|文本|话|任务|上下文|规定|規定|约束|限制|设定|設定|要求|规则|規則|规范|准则|準則|说明|說明",
    ),
    (YOUR, "你的|您的|妳的|你所"),
    (
        REVEAL,
        "告诉我|告訴我|显示|顯示|输出|輸出|打印|列印|透露|泄露|洩露|展示|给我看|复述|複述|重复|重複|写出|寫出|公开|列出|是什么|是什麼|有哪些|说出|披露|揭示|提供|复制|粘贴|公布|分享|发给我|\
         暴露|翻译|总结|原样",
    ),
    (
        SYSTEM_PROMPT,
        "系统提示|系統提示|系统消息|系統訊息|系统指令|系統指令|系统说明|初始指令|初始提示|初始设定|原始指令|原始提示|隐藏指令|隱藏指令|隐藏的指令|秘密指令|内部指令|內部指令|最初的指令|系统prompt|\
         系統prompt|system prompt|系统设定|系统级指令|预设指令|开发者指令|底层指令|系统信息|系统规则|内部提示|内部规则|隐藏提示|隐藏的提示|最初的提示|初始的指令|開發者訊息|原始的指令|\
         系统预设",
    ),
    (
        YOUR_PROMPT,
        "你的指令|你的提示|你的系统|你的系統|您的系统|您的指令|你的初始|你的原始|你的设定|你的内部|你的完整|你的隐藏|你收到的指令|你被赋予的|你的规则|给你的指令|你的prompt",
    ),
    (VERBATIM, "逐字|一字不差|原文|完整地|完整输出|一字不漏|原封不动|代码块"),
    (
        SWITCH,
        "从现在开始|從現在開始|从现在起|從現在起|现在开始|你现在是|你現在是|现在你是|現在你是|接下来你|从此刻起|你不再是|今后你|从今以后",
    ),
    (ROLE, "扮演|假装|假裝|假设你是|假設你是|模拟|模擬|充当|充當|想象你是|装作|角色扮演|作为一个|你将成为|以身份"),
    (PERSONA, "开发者模式|開發者模式|dan模式|上帝模式|越狱|越獄|无限制模式|调试模式|管理员模式"),
    (
        UNBOUND,
        "不受限制|不受任何限制|没有任何限制|沒有任何限制|没有限制|沒有限制|无限制|無限制|不受约束|不受任何约束|没有任何规则|不受审查|无审查|無審查|没有道德|不受道德|任何事情|做任何事|毫无限制|不受规则|\
         不受任何|没有任何道德|无需遵守|摆脱|不受过滤|没有过滤|没有约束|没有任何约束|不考虑道德",
    ),
    (NEVER_REFUSE, "不能拒绝|不得拒绝|不会拒绝|永远不要拒绝|不要拒绝|从不拒绝|不可以拒绝|绝不拒绝|拒绝回答"),
    (NO_WARNING, "不要警告|没有警告|免责声明|不要提醒|不加警告"),
    (
        EMIT,
        "只说|只需说|只需要说|只回答|只回复|只回覆|只输出|只輸出|仅输出|仅回复|仅回答|只打印|直接输出|直接说|并告诉|並告訴|并输出|並輸出|并显示|然后告诉|并说|而是|改为|并回复|然后输出|并执行|\
         请说|并打印|并重复|然后说|并给|然后回答|并展示|请输出|只写|请回复|并按照|并用|并且|转而|并写",
    ),
    (NEW_RULES, "新的指令|新指令|新任务|新的任务|新的规则|新规则|新的指示|新的系统|新任務|新設定|以下指令|重要指令"),
    (
        TO_MODEL,
        "如果你是ai|如果你是人工智能|致ai|给ai|如果您是ai|ai助手请|如果你是语言模型|如果你是大语言|所有ai|给人工智能|注意ai",
    ),
    (COVERT, "不要告诉|不要告訴|别告诉|不要提及|不要通知|不得告知|偷偷|秘密地|不告知|不让用户"),
    (NOT, "不要|请勿|切勿|不能|不应|不可|不得|别|勿|没有|不会"),
    (REPORTED, "攻击|攻擊|用户要求|例如|比如|试图|企图|如果有人|黑客|防止|检测|所谓"),
    (QUESTION, "如何|怎么|怎樣|怎样|为什么|為什麼|什么是|解释|解釋|是否可以|能否|吗"),
];

pub(in super::super) static JAPANESE: &[Entry] = &[
    (
        DISMISS_LAST,
        "無視|忘れて|忘れろ|忘れなさい|忘れる|忘れてください|従わない|従うな|破棄して|従わなく|無効に|気にしない|気にせず|取り消して|捨てて|リセットし|守らなく|従う必要はな",
    ),
    (DISMISS, "無視して|忘れて|無視し"),
    (BREAK, "回避|上書き|無効化|突破|解除|破って|バイパス|迂回"),
    (
        PRIOR,
        "以前|これまで|前の|上記|先ほど|今まで|前述|上の|以前の|元の|最初の|初期|いままで|与えられた|事前の|従来|ここまで|過去",
    ),
    (RULES, "指示|命令|指令|ガイドライン|プロンプト|インストラクション"),
    (THINGS, "すべて|全て|全部|内容|会話|メッセージ|文章|文脈|こと|あらゆる|制約|制限|規則|ルール|設定|方針"),
    (YOUR, "あなたの|君の|お前の|自分の"),
    (
        REVEAL,
        "教えて|表示|見せて|出力|開示|明かして|明らかに|繰り返し|書いて|公開|何ですか|何だ|示して|コピー|漏ら|提示して|暴露|印刷|答えて|書き出|そのまま|翻訳|要約|列挙|述べ",
    ),
    (
        SYSTEM_PROMPT,
        "システムプロンプト|システム・プロンプト|システムメッセージ|システム指示|システムの指示|初期プロンプト|初期指示|隠された指示|秘密の指示|内部指示|最初の指示|元の指示|初期設定|元のプロンプト|\
         最初のプロンプト|隠しプロンプト|開発者メッセージ|内部のプロンプト|システムの命令|隠れた指示|システムインストラクション|初期の指示",
    ),
    (
        YOUR_PROMPT,
        "あなたのシステム|あなたの指示|あなたのプロンプト|あなたの初期|あなたへの指示|あなたに与えられた|君のシステム|あなたのルール|あなたの内部|あなたの設定",
    ),
    (VERBATIM, "一字一句|そのまま|原文のまま|全文"),
    (SWITCH, "これから|今から|これからは|あなたは今|今後は|いまから|ここからは|もはや|今この瞬間"),
    (
        ROLE,
        "として振る舞|になりきって|のふりをし|を演じ|として行動|ロールプレイ|のように振る舞|だと仮定|と想像し|の役を|として答え|として応答|として回答|シミュレート",
    ),
    (
        PERSONA,
        "開発者モード|デベロッパーモード|danモード|脱獄|ジェイルブレイク|ゴッドモード|デバッグモード|管理者モード",
    ),
    (
        UNBOUND,
        "制限なし|制限のない|制限がない|無制限|検閲なし|検閲されない|フィルターなし|制約のない|制約がない|制約なし|何でもでき|一切の制限|制限なく|なんでもでき|倫理的な制約|ルールに縛られ|縛られない|\
         制限を受けない|制限されない|制約を受けない|制限はありません|あらゆる制限",
    ),
    (
        NEVER_REFUSE,
        "拒否しない|断らない|拒否してはいけない|断ってはいけない|拒否でき|拒否せず|断ることはでき|拒否しては",
    ),
    (
        EMIT,
        "とだけ|だけを出力|のみ出力|だけ答え|のみ回答|代わりに|だけ言|のみを|と言って|と出力し|と返答|と答え|だけ返|とだけ言|と表示し|のみ表示|とのみ|だけ表示|と返して|を実行し|と書いて|と述べて",
    ),
    (NEW_RULES, "新しい指示|新しい命令|新しいタスク|新しいルール|新たな指示|次の指示|以下の指示に従|新しい役割"),
    (TO_MODEL, "あなたがaiなら|aiへの|aiアシスタントへ|aiに対する|言語モデルへ|aiへ|aiの場合"),
    (COVERT, "ユーザーに伝えず|ユーザーに知らせ|言わないで|秘密に|内緒で|言及しない|告げず|通知せず"),
    (REPORTED, "攻撃|攻撃者|例えば|たとえば|しようとする|ユーザーが|防ぐ|検出|という|などの"),
    (QUESTION, "どのように|どうすれば|なぜ|とは何|とはどう|説明して|どうやって|方法|できますか|でしょうか"),
];

pub(in super::super) static KOREAN: &[Entry] = &[
    (
        DISMISS_LAST,
        "무시|잊어|잊고|잊으|따르지 마|따르지마|따르지 말|버려|신경 쓰지 마|무시해|잊어버려|무효|따르지 않|취소하고|지워|제쳐두|신경쓰지",
    ),
    (DISMISS, "무시하고|무시하세요|잊어버리고|잊어"),
    (BREAK, "우회|덮어쓰|비활성화|해제|무력화|깨고|어기|벗어나"),
    (PRIOR, "이전|앞서|위의|지금까지|앞의|기존|원래|초기|처음|그동안|받은|상기|종전|과거|전에|먼저"),
    (RULES, "지시|명령|지침|프롬프트|가이드라인|지령|인스트럭션"),
    (THINGS, "모든|모두|전부|내용|대화|메시지|텍스트|말|것을|일체|맥락|제한|제약|안내|규칙|규정|설정"),
    (YOUR, "당신의|너의|네|니"),
    (
        REVEAL,
        "알려|보여|출력|공개|말해|반복|적어|써줘|드러내|무엇|뭐야|뭐니|밝혀|표시|복사|인쇄|노출|나열|작성해|유출|제공해|번역|요약",
    ),
    (
        SYSTEM_PROMPT,
        "시스템 프롬프트|시스템프롬프트|시스템 메시지|시스템 지시|시스템 지침|시스템 명령|초기 지시|초기 프롬프트|숨겨진 지시|비밀 지시|내부 지시|원래 지시|최초 지시|내부 지침|초기 지침|\
         숨겨진 프롬프트|초기 설정|원본 프롬프트|개발자 메시지|숨겨진 지침|시스템 설정|시스템 안내|처음 받은|비밀 지침|초기 명령",
    ),
    (
        YOUR_PROMPT,
        "당신의 시스템|너의 시스템|네 시스템|당신의 지시|너의 지시|당신의 프롬프트|너의 프롬프트|네 프롬프트|당신의 초기|너의 초기|당신의 지침|당신에게 주어진|너에게 주어진|네게 주어진|\
         당신의 내부",
    ),
    (VERBATIM, "그대로|한 글자도|원문|전문을|토씨"),
    (
        SWITCH,
        "지금부터|이제부터|이제 너는|이제 당신은|너는 이제|당신은 이제|앞으로 너는|앞으로 당신은|지금부터는|더 이상|이제 넌|앞으로는",
    ),
    (ROLE, "인 척|처럼 행동|역할을|로서 행동|연기해|가정하|상상해|흉내|시뮬레이션|으로 행동|롤플레이|역할극|척해|척하"),
    (PERSONA, "개발자 모드|개발자모드|dan 모드|탈옥|신 모드|갓 모드|디버그 모드|관리자 모드"),
    (
        UNBOUND,
        "제한 없이|제한이 없는|제한 없는|무제한|검열 없이|검열되지|검열 없는|필터 없이|제약 없이|제약이 없는|제약 없는|무엇이든|뭐든|아무 제한|어떤 제한도|규칙이 없|어떤 제약도|\
         규칙에 얽매이지|제한받지|구애받지|윤리적 제한|도덕적|제한을 받지",
    ),
    (
        NEVER_REFUSE,
        "거절하지 마|거부하지 마|거절할 수 없|거부할 수 없|거절하지 않|거부하지 않|절대 거절|절대 거부|거절하면 안",
    ),
    (
        EMIT,
        "만 출력|만 말해|라고만|만 대답|만 답|대신|라고 말해|라고 출력|라고 답|만 적어|라고 대답|만 써|만 응답|라고 응답|라고 해|만 작성|라고 적어|다음을 수행|만 표시|라고 써",
    ),
    (
        NEW_RULES,
        "새로운 지시|새 지시|새로운 명령|새 명령|새로운 작업|새로운 규칙|새 임무|새로운 임무|새로운 지침|다음 지시|새로운 역할",
    ),
    (TO_MODEL, "당신이 ai|만약 ai|ai에게|인공지능에게|ai라면|언어 모델이라면|ai 어시스턴트|ai 비서에게"),
    (COVERT, "사용자에게 알리지|사용자에게 말하지|언급하지|몰래|비밀로|알리지 말"),
    (REPORTED, "공격|해커|예를 들어|시도|사용자가|방지|탐지|같은 문구|라는"),
    (QUESTION, "어떻게|왜|무슨 뜻|설명해|방법|가능한가|가능할까|인가요|되나요"),
];

pub(in super::super) static THAI: &[Entry] = &[
    (DISMISS, "เพิกเฉย|ละเว้น|ลืม|ไม่ต้องสนใจ|อย่าสนใจ|ไม่สนใจ|อย่าทำตาม|ละทิ้ง|มองข้าม|ไม่ต้องทำตาม|หยุดทำตาม|ข้าม"),
    (PRIOR, "ก่อนหน้า|ข้างต้น|ด้านบน|ที่ผ่านมา|ก่อนนี้|เดิม|เริ่มต้น|แรก|ที่ได้รับ"),
    (RULES, "คำสั่ง|คำแนะนำ|คำชี้แนะ|แนวทาง|พรอมต์|พร้อมท์|พรอมท์|ข้อกำหนด"),
    (THINGS, "ทั้งหมด|ทุกอย่าง|ข้อความ|บทสนทนา|ทุก|ข้อจำกัด|กฎ"),
    (YOUR, "ของคุณ"),
    (REVEAL, "เปิดเผย|แสดง|บอก|พิมพ์|ทำซ้ำ|เขียน|แชร์|คืออะไร|พูดซ้ำ|ให้ฉันดู"),
    (
        SYSTEM_PROMPT,
        "พรอมต์ระบบ|พรอมต์ของระบบ|คำสั่งระบบ|คำสั่งของระบบ|ข้อความระบบ|คำสั่งเริ่มต้น|คำสั่งลับ|คำสั่งที่ซ่อน|\
         พรอมต์เริ่มต้น|ข้อความแจ้งระบบ|system prompt|คำแนะนำเริ่มต้น|คำแนะนำระบบ|พร้อมท์ระบบ|พรอมท์ระบบ",
    ),
    (SWITCH, "จากนี้ไป|ตั้งแต่นี้|ตอนนี้คุณคือ|คุณคือ|ตั้งแต่บัดนี้|ต่อจากนี้|ตอนนี้คุณเป็น"),
    (ROLE, "แกล้งทำ|สวมบทบาท|ทำตัวเป็น|แสร้งทำ|จินตนาการว่าคุณ|สวมบท|รับบท"),
    (UNBOUND, "ไม่มีข้อจำกัด|ไม่มีการเซ็นเซอร์|ไม่จำกัด|ไม่มีกฎ|ทำอะไรก็ได้|ปราศจากข้อจำกัด|โดยไม่มีข้อจำกัด|ไม่มีตัวกรอง"),
    (EMIT, "แค่พูด|เพียงพูด|ตอบเพียง|ตอบแค่|และบอก|และแสดง|และพิมพ์|แทน|เพียงตอบ|และพูด|และเปิดเผย|และตอบ"),
    (NEW_RULES, "คำสั่งใหม่|งานใหม่|กฎใหม่|ภารกิจใหม่"),
    (QUESTION, "อย่างไร|ทำไม|หมายความว่า|อธิบาย|ยังไง"),
];
