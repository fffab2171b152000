"""Roles that name one person: « la directrice du site de Metz » is told as `[manager]`, others as `[colleague]`.

The role alone names nobody; with the place, the number or the words that make it the only one, it does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bxtext.privacy.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bxtext.privacy.letters import Plain

_CAPITAL = r"[A-ZÀ-Ý][a-zà-ÿ'’-][\w'’-]{0,24}"  # initials are no place
_PLACE = rf"{_CAPITAL}(?: (?:(?:de|du|des|la|le|les|en|sur|sous) )?(?:{_CAPITAL}|\d{{1,2}}(?:e|eme|ème)?)){{0,3}}"
_NUMBERED = (
    r"(?:du |de la |de l'|au )?(?:\d{1,2}(?:er|e|eme|ème|ère) (?:étage|etage|arrondissement|niveau|sous-sol)"
    r"|(?:bureau|bâtiment|batiment|bât|ligne|quai|service|secteur|équipe|equipe|zone|poste|porte"
    r"|caisse) (?:n° ?)?[A-Z]?\d{1,4}|(?:bâtiment|service|équipe|secteur|hall|quai|zone) [A-Z]\d{0,2}(?!\w))"
)
_FRENCH_MANAGER = (
    r"(?:directeur|directrice|responsable|chef|cheffe|manageur|manageuse|manager|g[ée]rante?|patronne|patron|DRH"
    r"|RRH|DAF|PDG|DG|superviseure?|superviseuse|encadrante?|cadre|N\+[123]|sous-directeur|sous-directrice)"
)
_FRENCH_OTHER = (
    r"(?:secr[ée]taire|comptable|standardiste|assistante?|infirmi[èe]re?|gardienne?|concierge|alternante?|stagiaire"
    r"|apprentie?|d[ée]l[ée]gu[ée]e?|[ée]lue?|m[ée]decin|psychologue|juriste|formateur|formatrice|tutrice|tuteur"
    r"|pharmacienne?|facteur|factrice|conseill[èe]re?|animateur|animatrice|repr[ée]sentante?|magasini[èe]re?"
    r"|receptionniste|r[ée]ceptionniste|h[ôo]tesse|boucher|bouch[èe]re)"
)
_FRENCH_DETERMINER = r"(?:[Ll]a|[Ll]e|[Ll]'|[Nn]otre|[Mm]on|[Mm]a|[Aa]u|[Dd]u|[Cc]ette|[Cc]e|LA|LE)"
_FRENCH_UNIT = (
    r"(?:site|magasin|agence|boutique|service|rayon|[ée]quipe|p[ôo]le|d[ée]partement|usine|entrep[ôo]t|d[ée]p[ôo]t"
    r"|plateforme|r[ée]gion|secteur|bureau|caisse|accueil|centre|restaurant|h[ôo]tel|clinique|h[ôo]pital|cabinet"
    r"|[ée]cole|cr[èe]che|station|garage|chantier|antenne|filiale|succursale|boulangerie|pharmacie|atelier|cuisine"
    r"|nuit|jour|docteur|clientèle|RH|ressources humaines|syndicale?|r[ée]gionale?|g[ée]n[ée]rale?|adjointe?|paie"
    r"|logistique|maintenance|exploitation|production|commerciale?)"
)
_TOWN_LINK = r"(?:de |d['’]|du |des |à |aux? |a |chez |en )"
_LINK = r"(?:de la |de l['’]|du |des |de |d['’]|à la |à l['’]|à |au |aux |a |chez |en )"
_FRENCH_ROLE = rf"{_FRENCH_DETERMINER}['’ ]?\s?(?P<role>{_FRENCH_MANAGER}|{_FRENCH_OTHER})"
_FRENCH_ROLES = re.compile(
    rf"(?<!\w){_FRENCH_ROLE}(?: (?:{_LINK})?{_FRENCH_UNIT}){{0,4}}(?: {_NUMBERED}| (?:{_TOWN_LINK}"
    rf"|du {_CAPITAL} (?:de|du) (?:la )?(?:rue )?){{1,2}}{_PLACE}(?: de la rue {_CAPITAL})?| (?:Nord|Sud|Est|Ouest"
    rf"|Grand Est|Grand Ouest|Île-de-France|{_CAPITAL} (?:Nord|Sud|Est|Ouest|Centre)))"
)
_FRENCH_ONLY = re.compile(
    r"(?<!\w)(?:[Ll]a|[Ll]e|[Ll]'|[Uu]n) ?(?:seule?|unique) (?:femme|homme|fille|gar[çc]on|cadre|alternante?"
    r"|stagiaire|noire?|trans|handicap[ée]e?|syndiqu[ée]e?|senior|jeune|maman|papa|[a-zé]{3,14}(?:eur|euse|trice"
    r"|ier|i[èe]re|iste|ien|ienne))"
    r" (?:du|de la|de l['’]|des|dans (?:le|la|l['’])) ?[\w'’-]{2,25}(?: (?:de |du )?[A-Z0-9][\w-]{0,20})?"
)
_ENGLISH_MANAGER = (
    r"(?:manager|director|head|supervisor|team leader|team lead|lead|leader|boss|foreman|forewoman|chief|principal"
    r"|headteacher|matron|CEO|CFO|VP|president|owner|landlord|partner)"
)
_ENGLISH_OTHER = (
    r"(?:receptionist|clerk|secretary|accountant|nurse|doctor|pharmacist|caretaker|janitor|trainee|apprentice"
    r"|intern|rep|representative|technician|assistant|steward|officer|administrator|coordinator|engineer|midwife"
    r"|cleaner|trainer|dispatcher|planner)"
)
_ENGLISH_UNIT = (
    r"(?:night|day|evening|morning|late|early|shift|store|shop|branch|depot|warehouse|site|office|team|HR|payroll"
    r"|regional|area|district|general|assistant|deputy|duty|line|floor|kitchen|bar|finance|sales|IT|operations"
    r"|customer|service|care|ward|practice|senior|junior|project|account|health|safety|and|union|production"
    r"|logistics|maintenance|[A-Z]{2,4})"
)
_ENGLISH_PLACE = rf"{_CAPITAL}(?: (?:{_CAPITAL}|\d{{1,3}}|upon|on|of)(?!\w)){{0,3}}"
_ENGLISH_SPOT = (
    r"(?:branch|office|store|shop|depot|site|surgery|warehouse|hospital|clinic|school|practice|centre|center|hub"
    r"|plant|factory|ward|location|restaurant|hotel|department|workshop)"
)
_ENGLISH_ROLES = re.compile(
    rf"(?<!\w)(?:[Tt]he|[Oo]ur|[Mm]y|THE) (?:{_ENGLISH_UNIT} ){{0,4}}(?P<role>{_ENGLISH_MANAGER}|{_ENGLISH_OTHER})"
    rf"(?: (?:of|for) (?:the )?(?:{_ENGLISH_UNIT} ){{0,2}}{_ENGLISH_SPOT})?"
    rf"(?: (?:at|in|of|for|from) (?:the )?{_ENGLISH_PLACE}(?: {_ENGLISH_SPOT})?| (?:on|in) (?:the )?(?:line"
    rf"|building|floor|room|ward|desk|bay|dock|site) [A-Z]?\d{{1,4}}| on the (?:first|second|third|fourth|fifth"
    rf"|\d{{1,2}}(?:st|nd|rd|th)) floor)"
)
_ENGLISH_ONLY = re.compile(
    r"(?<!\w)[Tt]he only (?:woman|man|girl|guy|female|male|black|asian|trans|disabled|muslim|pregnant"
    r"|[a-z]{3,14}(?:er|or|ist|ian))(?: [a-z]{3,12})? (?:in|on|at|of) (?:the |our "
    r"|my )?(?:[A-Z][\w-]{1,20} )?(?:team|workshop|floor|shift|office|department|store|site|branch|depot"
    r"|night shift|warehouse)(?: (?:in|at|of) [A-Z][\w-]{1,20})?"
)
_ENGLISH_DETERMINERS = frozenset({"the", "our", "my"})
_ONLY = ((frozenset({"seul", "seule", "unique"}), _FRENCH_ONLY), (frozenset({"only"}), _ENGLISH_ONLY))
_ROLE_WORDS = frozenset(
    "directeur directrice responsable chef cheffe manageur manageuse manager gerant gerante patronne patron "
    "drh rrh daf pdg dg superviseur superviseure superviseuse encadrant encadrante cadre n secretaire "
    "comptable standardiste assistant assistante infirmier infirmiere gardien gardienne concierge alternant "
    "alternante stagiaire apprenti apprentie delegue deleguee elu elue medecin psychologue juriste formateur "
    "formatrice tutrice tuteur pharmacien pharmacienne facteur factrice conseiller conseillere animateur "
    "animatrice representant representante magasinier magasiniere receptionniste hotesse boucher bouchere seul "
    "seule unique only director head supervisor leader lead boss foreman forewoman chief principal headteacher "
    "matron ceo cfo vp president owner landlord partner receptionist clerk secretary accountant nurse doctor "
    "pharmacist caretaker janitor trainee apprentice intern rep representative technician steward officer "
    "administrator coordinator engineer midwife cleaner trainer dispatcher planner".split()
)
_MANAGER = re.compile(rf"(?:{_FRENCH_MANAGER}|{_ENGLISH_MANAGER})\Z", re.IGNORECASE)


def find_roles(plain: Plain) -> Iterator[Span]:
    """Yield the roles that name one person; without a name, a place or a number they are left."""
    if _ROLE_WORDS.isdisjoint(plain.words):
        return
    for pattern in (_FRENCH_ROLES, _ENGLISH_ROLES) if _ENGLISH_DETERMINERS & plain.words else (_FRENCH_ROLES,):
        for match in pattern.finditer(plain.text):
            yield Span(*match.span(), "manager" if _MANAGER.match(match["role"]) else "colleague")
    for words, pattern in _ONLY:
        if words & plain.words:
            yield from (Span(*match.span(), "colleague") for match in pattern.finditer(plain.text))
