"""Which language a text is in, and which tags are worth passing on.

A script that only one language of the list uses answers by itself. Else the small words of a text (articles,
pronouns, prepositions) do where they speak for one language clearly, which takes a few dozen microseconds and is so
of nearly all news. The rest is py3langid's, restricted to the list, because among all its 140 languages a short
Russian text comes out as Bashkir.
"""

# ruff: noqa: RUF001 (words of languages in other scripts)

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Any, Final

_LIST: Final = (
    "af ar az be bg bn ca cs cy da de el en es et eu fa fi fr gl gu he hi hr hu hy id is it ja ka kk km kn ko lt lv mk "
    "ml mn mr ms my ne nl no pa pl pt ro ru si sk sl sq sr sv sw ta te th tl tr uk ur uz vi zh"
)
LANGUAGES: Final = tuple(_LIST.split())
"""What ``detect`` can answer (ISO 639)."""

_LEAST_PROBABILITY: Final = 0.5
_SAMPLE_CHARACTERS: Final = 1500
_LEAST_LETTERS: Final = 10
_LEAST_SHARE: Final = 0.35

_RANGES: Final = {  # of one language in the list each
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "he": "\u0590-\u05ff",
    "hy": "\u0530-\u058f",
    "ka": "\u10a0-\u10ff",
    "bn": "\u0980-\u09ff",
    "pa": "\u0a00-\u0a7f",
    "gu": "\u0a80-\u0aff",
    "ta": "\u0b80-\u0bff",
    "te": "\u0c00-\u0c7f",
    "kn": "\u0c80-\u0cff",
    "ml": "\u0d00-\u0d7f",
    "si": "\u0d80-\u0dff",
    "th": "\u0e00-\u0e7f",
    "my": "\u1000-\u109f",
    "km": "\u1780-\u17ff",
    "ko": "\uac00-\ud7a3",
    "ja": "\u3040-\u30ff",
    "zh": "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff",
}
_SCRIPTS: Final = {language: re.compile(f"[{ranges}]") for language, ranges in _RANGES.items()}
_ANY_SCRIPT: Final = re.compile(f"[{''.join(_RANGES.values())}]")
_DENSE: Final = {"ko": 2, "ja": 3, "zh": 3}
"""How many letters of an alphabet one character of a script stands for."""
_KANA_SHARE: Final = 0.1
_SMALL_WORDS: Final = {  # the commonest of each language that shares its script with others of the list
    "af": (
        "die van en in het is dit vir met op nie wat aan hy sy te om dat was ook deur as sal hulle by ons ek maar een "
        "uit nog kan moet na toe oor word sê hierdie geen baie tot daar jou dié reeds"
    ),
    "az": (
        "və bir bu ilə üçün də ki olan o daha olaraq onun edilib isə da kimi sonra bildirib sizin olub qədər var amma "
        "bütün görə hər ola deyil tərəfindən həm mən lakin"
    ),
    "ca": (
        "de la el i a que en els les per un una amb es no del ha al és són dels ser va com més però aquest aquesta "
        "han sobre també seva seu fins hi si ja entre després perquè quan sense pel als on molt havia"
    ),
    "cs": (
        "a v se na je že o s z do i to k pro ve za by si jsou ale podle jako po od které který která bylo byl byla "
        "nebo jeho jejich také když už ze než až má však jen při být není aby let mezi pouze nelze tak může ke před"
    ),
    "da": (
        "og i at det er en til af den på for med de ikke der et som var har fra han vil om men sig kan efter også "
        "være blev bliver ved nu havde mod skal eller hun hvor mere over ud op meget nogle hvad dette mellem kun "
        "under siger blevet når været kunne ifølge uden jeg sin"
    ),
    "de": (
        "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er "
        "hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur "
        "bis mehr durch man sein wurde sei kann gegen vom wenn unter seine ihre soll diese dieser"
    ),
    "en": (
        "the of to and a in that is for on was with it as by be at he from are this have has had not but his they you "
        "or an were which their who said will been we would more about after when there its she than her one all into "
        "can also other no if out so them"
    ),
    "es": (
        "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin "
        "sobre este ya entre cuando todo esta ser son dos también fue había era muy hasta desde está mi porque qué "
        "sólo han yo hay vez puede todos así nos ni parte tiene él uno donde bien tiempo mismo ese ahora hoy fueron "
        "según"
    ),
    "et": (
        "ja on ei et see oli ta kui ning ka mis või aga mida oma kes nii seda pole tema selle kas siis välja ole olid "
        "kuid veel juba üle pärast enne mille peale sest eest ütles vaid nende peab saab kõik sai ma"
    ),
    "fi": (
        "ja on ei se että oli ovat mutta hän kun myös joka sen ole tai mukaan niin kuin jos nyt vain vielä kanssa "
        "jälkeen olisi sekä ollut ennen siitä sanoo jo voi mitä hänen tämä tämän jotka vuoden mm voidaan oma kuten "
        "eivät sitä miten noin kertoo minä"
    ),
    "fr": (
        "de la le et les des en un une du que est pour qui dans a par plus pas au sur ne se ce il avec sont son à ou "
        "aux cette mais été être ses comme fait leur ont si y elle ils tout après nous deux même sans également ces "
        "sa entre depuis contre était aussi selon dont très encore peut où lui avait"
    ),
    "gl": (
        "de a o que e do da en os un para unha por con non as se dos no é na ao como máis das á ou pola polo foi ser "
        "súa seu pero tamén xa entre sobre está son ata este nos eu ten esta nas aos cando desde moi hai ese só estes "
        "unhas uns foron sen"
    ),
    "hr": (
        "i u je se na za da od su o s a koji iz kao će ne to što bi koja koje do ili nije te biti nakon samo ali po "
        "bio kako prema već bila sve više ako tijekom također gdje prije jer kada pri tko ima mogu može bilo onda uz "
        "kod tjedan vrijeme nisu rekao između dvije"
    ),
    "hu": (
        "a az és hogy nem is egy ez volt meg csak de el már ki még mint azt van vagy le be után szerint lesz ha kell "
        "között lehet aki amely ezt olyan mert minden más majd pedig lett fel ezek több voltak ami sem nagyon nincs "
        "akkor alatt ezért illetve új kerül azonban"
    ),
    "id": (
        "yang dan di ini itu dengan untuk tidak dari dalam akan pada juga ke karena tersebut bisa ada mereka lebih "
        "telah saya sebagai bahwa oleh atau para ia kami saat harus sudah anda kata namun seorang dapat hanya secara "
        "antara menjadi serta tahun setelah hingga belum kita adalah agar seperti bukan dia sejak tetapi saja melalui "
        "hari masih lalu sementara"
    ),
    "is": (
        "og að í á er sem um en til við það ekki var með fyrir af hann hefur verið eru þá þess þetta frá eftir því "
        "segir hún vegna kom hafa vera þar þau úr verða hafi hafði þegar þeir hans voru ég eða bara"
    ),
    "it": (
        "di e il la che in a per è un non del una i con della le si da sono al ha nel gli alla più anche dei come lo "
        "ma dalla delle ed o dal nella ai suo se questo questa stato dopo ci essere hanno cui tra quando ancora era "
        "sua fatto solo degli sulla alle suoi prima contro sul tutti molto così loro perché all dell nell"
    ),
    "lt": (
        "ir į kad iš su yra tai bet kaip už buvo apie nuo po ne per savo jis taip pat dėl ar tik iki prie šis jo bus "
        "jau kai gali arba kurie būti jų dar ji nes kuris sako metų labai nebuvo šio turi tačiau nėra mes prieš kurių"
    ),
    "lv": (
        "un ir ar no par ka kas uz lai bet arī tika pie gan bija vai tas nav kā pēc līdz šo tiek ja viņš jau vēl to "
        "kura būs tikai kad šī pa ko pirms savu kuri ne tā viņa gada tomēr gadā tie nevar ļoti"
    ),
    "ms": (
        "yang dan di ini itu dengan untuk tidak dari dalam akan pada juga ke kerana boleh ada mereka lebih telah saya "
        "sebagai bahawa oleh atau ia kami beliau perlu sudah anda kepada seorang dapat hanya secara antara menjadi "
        "serta tahun selepas hingga belum kita adalah ialah turut supaya iaitu manakala semasa katanya sahaja apabila "
        "jika tetapi"
    ),
    "nl": (
        "de van het een en in is dat op te zijn met voor die niet aan er om ook als bij door maar naar uit worden nog "
        "was hij ze over heeft wordt dan tot kan zich werd of meer deze hebben al wel dit geen hun ik zo we na kunnen "
        "moet zei onder zou veel hem twee onze had waar volgens tegen gaat jaar"
    ),
    "no": (
        "og i det er en til som på for med at av den ikke de et har fra han var om men seg kan etter også være ble "
        "blir ved nå hadde mot skal eller hun hvor mer over ut opp mye noen hva dette mellom bare under sier blitt "
        "når vært kunne ifølge uten jeg sin vi vil bli enn siden"
    ),
    "pl": (
        "w i na z do że się nie to jest o jak od po przez dla za co przy był tym tak ale już są było oraz a jego być "
        "który która które może ma tylko tego lub ze ich także jednak będzie przed pod została czy gdy jako bardzo "
        "został jej jeszcze u we można ten"
    ),
    "pt": (
        "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das à seu sua ou "
        "quando muito nos já está eu também só pelo pela até isso ela entre depois sem mesmo aos ser foi são tem há "
        "às pelos foram nas disse essa esse num ainda segundo estão você pode"
    ),
    "ro": (
        "de și în a la cu pe nu o că din care un au pentru sa este mai ce al fost prin sau fi s după ale dar lui ei "
        "le când până fără acest această ar va într ca sunt am are astfel între însă doar către poate unei unui iar "
        "ea asta cum cele cei trebuie anul dacă dintre spus"
    ),
    "sk": (
        "a v sa na je že o s z do i to k pre vo za by si sú ale podľa ako po od ktoré ktorý ktorá bolo bol bola alebo "
        "jeho ich tiež keď už zo než až má však len pri byť nie aby rokov medzi iba nemožno tak môže ešte kde ktorí "
        "sme pred som pod čo"
    ),
    "sl": (
        "in je v na se za da so z ki s pa o bi kot po ni tudi od bo ne do pri iz ali le kar še ko ter med bil več "
        "pred bila lahko ga kako jih že zaradi vse če kjer biti ima bodo bilo nato sem pod bili nad tem ta tega to "
        "brez proti zdaj"
    ),
    "sr": (
        "i u je se na za da od su o s a koji iz kao će ne to što bi koja koje do ili nije te biti nakon samo ali po "
        "bio kako prema već bila sve više ako tokom takođe gde pre jer kada pri ko ima mogu može bilo posle onda uz "
        "kod vreme nisu rekao između dve šta ovde uvek nego deo juče evra и у је се на за да од су о са а који из као "
        "ће не то што би која које до или није те бити након само али по био како према већ била све више ако током "
        "такође где пре јер када при ко има могу може било после он ово"
    ),
    "sv": (
        "och i att det är en till av den på för med de inte som ett var har från han vill om men sig kan efter också "
        "vara blev blir vid nu hade mot ska eller hon där mer över ut upp mycket några vad detta mellan bara under "
        "säger blivit när varit kunde enligt utan jag sin vi skulle än då så sedan mig alla"
    ),
    "tr": (
        "ve bir bu için ile de da çok olarak olan daha gibi kadar sonra ise ancak en ne var o göre her değil diye ama "
        "olduğunu ya olduğu veya ki içinde bunun büyük önce yeni nasıl şey ilk tarafından iki son üzerinde üzere "
        "kendi şekilde edildi hem bunu ben mı mi bütün eden dedi"
    ),
    "vi": (
        "và của là có được cho không trong một với các người đã này những để khi đến ở về từ cũng ra ông đó tại vào "
        "nhiều năm theo sẽ trên phải sau như bị nhưng hơn lại chỉ còn tôi rất đang nếu họ nhất hai thì bởi mà đồng "
        "nước bạn sự"
    ),
    "be": (
        "і ў у на не з што да як гэта па для за ад але яго ён пра быў было яны гэтага таксама калі або пры толькі "
        "якія каб яна ужо мы ці таму так усё быць вельмі сваё паводле які якая пасля свае ёсць"
    ),
    "bg": (
        "на и в да за се от не е с че по са като до си той ще но един го или му към също след обаче които който която "
        "ли още във със при през само бе беше може има това а те аз ако бъде тази този няма преди така няколко както "
        "защото между без"
    ),
    "mk": (
        "на и во да се за од е со не ќе што дека го ги по до ја си ова кој која кои тоа или но како беше му при таа "
        "овој само уште може има биде немаше откако според меѓу бидејќи нема сите бил тие пред бидат"
    ),
    "ru": (
        "и в не на что он с как это по но из у за то от для о же был при так было до бы только когда после его все а "
        "или быть если они мы уже также к их я чтобы во этом ещё еще может были этого она со этот есть вы том году "
        "без которые который где под между того будет ни"
    ),
    "uk": (
        "і в не на що він з як це по але із у за то від для про же був при так було до би тільки коли після його всі "
        "а або бути якщо вони ми вже також та їх я щоб цього ще може були вона зі цей є який які яка де під між того "
        "буде має року й сказав ви"
    ),
    "ar": (
        "في من على إلى أن التي الذي هذا عن مع ما لا كان كما هذه بعد ذلك قال أو بين كل قد لم لن إن وقد قبل حتى عند "
        "خلال وفي ومن حيث منذ كانت هو هي تم وكان أنه به أي بعض إذا الى يكون ولا"
    ),
    "fa": (
        "و در به از که این را با است برای آن یک تا کرد بر خود شد هم شده می اما یا کرده او باید ما دارد نیز وی بود شود "
        "دو گفت بین هر اگر پس همه باشد نمی اند بودن بوده ها های کنند کند دیگر شما آنها"
    ),
    "ur": (
        "کے کی میں ہے کا اور سے کو نے کہ پر اس یہ بھی ہیں ایک تھا گیا ہو تو جو کر نہیں کیا وہ ان لیے تھے تھی دیا کہا "
        "گئی بعد ساتھ اپنے جس ہوئے تک ہی لئے رہے جا پاکستان کوئی آپ"
    ),
    "hi": (
        "के में की है और से का को पर ने कि एक भी नहीं इस हैं यह था लिए तो कर हो गया साथ जो रहे कहा ही या अपने कुछ बाद "
        "वह तक जा करने उन थे किया लेकिन अब उनके हुए थी दिया आप रहा"
    ),
}
_READ_CHARACTERS: Final = 1000
"""How much of a text its words are looked up of; more makes the answer no surer."""
_FEWEST_WORDS: Final = 4
"""Different small words that a language needs at least, and by how many it must be ahead of every other."""
_AGAINST: Final = 2
"""How many words for a language a word weighs that is another's and not its own."""
_LEAST_WORDS_SHARE: Final = 0.12
"""Of the different words of a text; in a text of 1,000 characters about 0.3 are small words."""
_MOST_FOREIGN_SHARE: Final = 0.03
"""Characters of a script with an answer of its own; with more of them a text is mixed."""

_LETTERS: Final = re.compile(r"[^\W\d_]")
_TAG: Final = re.compile(  # the langtag of RFC 5646 section 2.1 without extensions and private use
    r"(?P<language>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)",
    re.ASCII | re.IGNORECASE,
)
_NAMED: Final = (
    "arabic=ar chinese=zh czech=cs danish=da dutch=nl english=en finnish=fi french=fr german=de greek=el hebrew=he "
    "hindi=hi hungarian=hu indonesian=id italian=it japanese=ja korean=ko norwegian=no persian=fa polish=pl "
    "portuguese=pt romanian=ro russian=ru spanish=es swedish=sv thai=th turkish=tr ukrainian=uk vietnamese=vi "
    "deutsch=de español=es français=fr italiano=it nederlands=nl português=pt русский=ru 日本語=ja 中文=zh 한국어=ko"
)
_NAMES: Final = dict(pair.split("=") for pair in _NAMED.split())
_RETIRED: Final = {"iw": "he", "in": "id", "ji": "yi", "mo": "ro", "eng": "en", "ger": "de", "deu": "de", "fra": "fr"}
_NONE: Final = {"und", "zxx", "mul", "mis"}


def detect(text: str) -> str | None:
    """The language of a text (ISO 639), None where it is too short or too mixed to say.

    The first text whose small words are not clear loads a model: about a second and 100 MB, once a process.
    """
    sample = text[:_SAMPLE_CHARACTERS]
    foreign = len(_ANY_SCRIPT.findall(sample))
    if foreign <= _MOST_FOREIGN_SHARE * len(sample) and (found := _by_words(sample)):
        return found
    letters = len(_LETTERS.findall(sample))
    found = _by_script(sample, letters) if foreign else None
    if found or letters < _LEAST_LETTERS:
        return found
    language, probability = _identifier().classify(sample)
    return str(language) if probability >= _LEAST_PROBABILITY else None


def tag(declared: str) -> str | None:
    """A declared language as a BCP 47 tag in its usual case (``zh_cn`` is ``zh-CN``), None if it is none."""
    name = declared.strip()
    name = _NAMES.get(name.casefold(), name.partition(".")[0].partition("@")[0].replace("_", "-"))
    found = _TAG.fullmatch(name)
    if found is None or found["language"].lower() in _NONE:
        return None
    language = found["language"].lower()
    script, region = (found["script"] or "").title(), (found["region"] or "").upper()
    parts = (_RETIRED.get(language, language), script, region, (found["variants"] or "").lower().strip("-"))
    return "-".join(part for part in parts if part)


def _by_script(sample: str, letters: int) -> str | None:
    """The language whose script most of the text is in, by the weight of its characters."""
    seen = "".join(set(sample))
    counts = Counter({name: len(script.findall(sample)) for name, script in _SCRIPTS.items() if script.search(seen)})
    if counts["ja"] > _KANA_SHARE * counts["zh"]:
        counts["ja"], counts["zh"] = counts["ja"] + counts["zh"], 0
    language, count = max(counts.items(), key=lambda item: item[1])
    weight = _DENSE.get(language, 1)
    whole = letters + count * (weight - 1)
    return language if count and count * weight >= _LEAST_SHARE * whole else None


def _by_words(sample: str) -> str | None:
    """The language that the small words of a text are of, None where they leave a doubt.

    Which words there are counts, not how often. A word of several languages is for none of them against the others.
    Words beside a comma or a quotation mark are left alone: there are enough without.
    """
    words = set(_beginning(sample).lower().replace("'", " ").replace("\u2019", " ").split())
    found = Counter(filter(None, map(_profiles().get, words)))
    totals: Counter[str] = Counter()
    for languages, count in found.items():
        for language in languages:
            totals[language] += count
    best, most = max(totals.items(), key=lambda item: item[1], default=("", 0))
    if most < max(_FEWEST_WORDS, _LEAST_WORDS_SHARE * len(words)):
        return None
    others = (other for other, count in totals.items() if other != best and most < _FEWEST_WORDS + _AGAINST * count)
    return best if all(_is_ahead(found, best, other) for other in others) else None


def _beginning(sample: str) -> str:
    """The first characters of a text up to the end of a word."""
    return sample if len(sample) <= _READ_CHARACTERS else sample[:_READ_CHARACTERS].rpartition(" ")[0]


def _is_ahead(found: Counter[frozenset[str]], best: str, other: str) -> bool:
    """Whether the words that only one of two languages has are those of the first, by far."""
    ahead = sum(count for languages, count in found.items() if best in languages and other not in languages)
    behind = sum(count for languages, count in found.items() if other in languages and best not in languages)
    return ahead >= _FEWEST_WORDS + _AGAINST * behind


@cache
def _profiles() -> dict[str, frozenset[str]]:
    """Of each small word the languages that have it."""
    owners: dict[str, set[str]] = {}
    for language, words in _SMALL_WORDS.items():
        for word in words.split():
            owners.setdefault(word, set()).add(language)
    shared: dict[frozenset[str], frozenset[str]] = {}  # one object for equal sets: they are keys, and most often equal
    return {word: shared.setdefault(found, found) for word, found in ((w, frozenset(o)) for w, o in owners.items())}


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 (only who detects pays for numpy)

    whole = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    whole.set_languages(LANGUAGES)
    return LanguageIdentifier(  # of the list alone: without the others it takes 40 MB less
        whole.nb_ptc,
        whole.nb_pc,
        whole.nb_classes,
        whole.tk_nextmove,
        whole.tk_output,
        norm_probs=True,
        tk_row=whole.tk_row,
    )
