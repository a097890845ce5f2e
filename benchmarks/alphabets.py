"""Alphabets that look like the Latin one: 26 characters each, for the letters from a to z. Some are capitals."""

# ruff: noqa: RUF001 - look-alikes on purpose

SMALL = "abcdefghijklmnopqrstuvwxyz"
_MORSE = ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.."
MORSE = dict(zip(SMALL, _MORSE.split(), strict=True))


def _from(first: int) -> str:
    """The 26 characters from this code on."""
    return "".join(chr(first + place) for place in range(26))


ALPHABETS: dict[str, str] = {
    "accents": "äbçdëfgĥïjķļmñöpqŕšţüvŵxÿž",
    "more accents": "ậḅḉḓệḟḡḫḭǰḳḻṃṇộṗqṛṣṱụṿẉẋỵẓ",
    "small capitals": "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡxʏᴢ",
    "superscript": "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖqʳˢᵗᵘᵛʷˣʸᶻ",
    "subscript": "ₐbcdₑfgₕᵢⱼₖₗₘₙₒₚqᵣₛₜᵤᵥwₓyz",
    "squared": _from(0x1F130),
    "squared, negative": _from(0x1F170),
    "circled": _from(0x24D0),
    "circled capitals": _from(0x24B6),
    "circled, negative": _from(0x1F150),
    "parenthesized": _from(0x249C),
    "regional": _from(0x1F1E6),
    "bold": _from(0x1D41A),
    "bold script": _from(0x1D4EA),
    "fraktur": _from(0x1D51E),
    "double-struck": _from(0x1D552),
    "sans-serif italic": _from(0x1D622),
    "monospace": _from(0x1D68A),
    "fullwidth": _from(0xFF41),
    "turned in place": "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz",
    "Greek": "αвςδεfgнιjκℓмησρqяѕтυνωχуz",
    "Cyrillic": "аЬсԁеfgһіјkӏmпорqгѕtцvшхуz",
    "money": "₳฿₵ĐɆ₣₲ⱧłJ₭Ⱡ₥₦Ø₱QⱤ₴₮ɄV₩ӾɎⱫ",
    "signs": "@8¢ð€ƒ&#!¿<1^π0þ?®$+µ√ω×¥2",
    "syllabics": "ᗩᗷᑕᗪEᖴGᕼIᒍKᒪᗰᑎOᑭᑫᖇᔕTᑌᐯᗯ᙭Yᘔ",
    "Armenian": "ąҍçժҽƒցհìʝҟӀʍղօքզɾʂէմѵա×վՀ",
    "Cherokee": "ᎪᏏᏟᎠᎬfᏀᎻᎥᎫᏦᏞᎷnᎾᏢqᏒᏚᎢuᏙᎳxᎩᏃ",
    "Chinese": "卂乃匚刀乇下厶卄工丁长乚从几口尸ㄖ尺丂丅凵ᐯ山乂丫乙",
    "Thai": "ค๒ς๔єŦﻮђเןкɭ๓ภ๏קợгรՇยשฬאץչ",
    "Ethiopic": "ልጌርዕቿቻኗዘጎጋጕረጠክዐየዒዪነፕሁሀሠሸሃጊ",
    "Lisu": "ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑQꓣꓢꓔꓴꓦꓪꓫꓬꓜ",
    "runes": "ᚨᛒᚲᛞᛖᚠᚷᚺᛁᛃᚲᛚᛗᚾᛟᛈᚲᚱᛊᛏᚢᚹᚹᛪᛃᛉ",
    "braille": "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵",
}
