"""Names of persons: by gazetteer, by the words around them, by what stands before a name and nothing else."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from bxtext.privacy.gazetteer import load_gazetteer
from bxtext.privacy.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bxtext.privacy.letters import Plain
    from bxtext.privacy.roster import Roster

_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+){0,4}\.?")
_ELIDED = re.compile(r"(?:[djlmnstc]|qu|lorsqu|jusqu|puisqu|presqu)'(?=\w)")
_SENTENCE_END = re.compile(r"[.!?:;\n•*\"«»(\[–—-]\s*$")
_INITIAL = re.compile(r"(?<![\w'.-])[A-Z](?:-[A-Z])?\. ?(?:[A-Z](?:-[A-Z])?\.(?!\w))?")
_LONE_INITIALS = re.compile(r"(?<![\w'.-])[A-Z](?:-[A-Z])?\. ?[A-Z]\.(?=$|[\s,;:!?])")
_NO_INITIALS = frozenset(
    "u.s u.k p.s e.u a.m p.m c.e c.p l.r a.r n.b s.a t.v h.r i.t p.c d.c l.a n.y i.e e.g c.v r.h s.p r.a b.a m.a p.o c.d j.t".split()
)
_TITLED = re.compile(
    r"(?<![\w'-])(?P<title>monsieur|madame|mademoiselle|docteur|doctor|maitre|professeur|professor|miss|mister|(?:mme|mlle|mr|mrs|ms|dr|prof|me|mle|pr|messrs|mm|m)\.?) {1,2}(?=[^\W\d_])"
)
_LOOSE_TITLES = frozenset(
    "monsieur madame mademoiselle docteur doctor maitre professeur professor miss dr prof me pr m mm".split()
)
_PARTICLES = frozenset(
    "de du des la le les van von der den el al ben bin di da dos do o mc mac st saint d y ould ter ten".split()
)
_NAMED = re.compile(
    r"(?<!\w)(?:(?:s'|m'|t')appell?ent?|m'appelle|s'appelle|se nomme|prenommee?|nommee?|denommee?|surnommee?|une? certaine?|my name is|my name's|mon nom est|mon prenom est|nicknamed|named"
    r"|(?:guy|man|woman|lady|girl|boy|someone|somebody|person|agent|colleague|coworker|rep|driver|nurse|doctor|waiter|waitress|server|fella|bloke|employee|manager|chap|gentleman|assistant) called"
    r"|by the name of|goes by|on l'appelle|we call (?:him|her)|signee? ?:?|on le surnomme) {1,2}"
)
_FAMILIAR_ROLE = re.compile(
    r"(?<!\w)(?:chefs?|cheffe|manager|manageuse|boss|n\+[12]|superviseur|superviseure|supervisor|collegue|colleague|coworker|co-worker|tuteur|tutrice|mentor|team leader|team lead|teammate|patron|patronne|directeur|directrice|director"
    r"|responsable|drh|binome|formateur|formatrice|trainer|buddy|gerante?|vendeuse|vendeur|serveuse|serveur|infirmiere?|hotesse|caissiere?|receptionist|waiter|waitress|nurse|midwife|conseillere?|advisor|adviser|agent|driver|rep|livreur|assistante?|secretaire"
    r"|technicien|technicienne|mechanic|barber|coiffeuse|coiffeur|estheticienne|cashier|bartender|hygienist|dentist|therapist|consultant|consultante|hr means|chief|dame),? (?:\((?=\w))?$"
)
_FIRM_CUE = re.compile(
    r"(?<!\w)(?:(?:un (?:grand |gros |immense )?)?(?:merci|bravo|felicitations|remerciements|chapeau) (?:beaucoup |infiniment |encore )?a|remercier|remercie|thanks to|thank you to|thank you|thanks|shout ?out to|kudos to|credit to|props to|spoke (?:to|with)|speak (?:to|with)|talk to|talked to"
    r"|demander? a|demandez a|demande a|parler a|parle a|dit a|dire a|signale a|ask|asked|ask for|told|tell|demander|voir avec|vu avec|served by|helped by|assisted by|accueillie?s? par|recue?s? par|servie?s? par|aidee?s? par|conseillee?s? par|handled by|treated by|seen by|cc|bye|hello|hi|hey|salut|coucou|cher|chere|dear) {1,2}$"
)
_WITH = re.compile(r"(?<!\w)(?:avec|with|by|par|de|a|is|c'est|depuis que|since|sans) {1,2}$")
_LIGHT_CUE = re.compile(
    r"(?<!\w)(?:avec|with|by|par|pour|chez|a|de|que|comme|and|et|j'en veux a|voir|contre|from|sauf|surtout|depuis que|since|depuis|because|that|is|c'est|because of|to) {1,2}$|(?:,|&) $"
)
_ACTS = re.compile(
    r"(?:'s)? {1,2}(?:(?:et|and|&) [\w'-]{2,20} )?(?:m'a|m'ont|nous (?:a|ont|hurle|crie|insulte|prend|parle|met|fait|traite|laisse|aide|surveille)|hurle|crie|insulte|triche|ment|vole|favorise|fait (?:des|du|la|le|tout|rien)|ne (?:fait|dit|repond|sait|respecte|veut|prend|part|lit|vient|connait|se)|n'a|n'ecoute|est (?:tres|trop|super|toujours|vraiment|partie?|absente?|en|ma|mon|notre|la seule|le seul|gentille?|desagreable|geniale?|adorable|au top|incompetente?)|a (?:ete|refuse|perdu|menti|dit|pris|fait|toujours|su|demissionne|quitte|crie|vole|triche|casse)|arrive (?:toujours|en)|part |travaille|gueule|bloque|decide|se permet|m'[a-z]"
    r"|told|said|helped|shouted|shouts|yells|steals|lies|sorted|handled|promised|asked|gossips|deserves|covers|decides|refused|never|who (?:is|was|helped|served)|was (?:very|so|great|really|lovely|amazing|wonderful|rude|kind|brilliant|useless|late|excellent|fantastic|super|friendly|helpful|always|my|extremely|absolutely)"
    r"|is (?:very|so|great|really|lovely|amazing|wonderful|rude|kind|brilliant|useless|excellent|fantastic|a bully|always|the best|my|toxic|never|an? )|has been|took (?:the|over|care|my|time|credit)|made me|gave me|went (?:above|out)|ran |runs the|left because|works? (?:in|at|with)|sleeps|blocked|treats|ignores|cancels|keeps|made (?:the|a|sure)"
    r"|from (?:the )?(?:front|reception|billing|payroll|hr|it|accounts|maintenance|finance|sales|support|customer|logistics)|(?:at|in|on) (?:the )?(?:front desk|desk|reception|billing|payroll|hr|accounts|checkout|till|bar|de la compta|kitchen)|du (?:quai|sav|rayon|service)|de la (?:compta|logistique|paie|caisse)|le chef|la chef|au rayon|a l'accueil)(?!\w)"
)
_ONE_ACT = re.compile(
    r"(?:'s)? {1,2}(?:told|said|helped|shouted|shouts|yells|hurle|crie|insulte|steals|sorted|gossips|m'a (?:aide|dit|repondu|conseille|recu|accueilli|explique|hurle)|nous a (?:aide|accueilli|conseille|recu)|has been (?:so|very|amazing|great)|deserves|a ete (?:tres|super|formidable|geniale?|adorable|parfaite?))(?!\w)|,? une? (?:hotesse|collegue|vendeuse|vendeur|serveuse)"
)
_NO_PERSON_BEFORE = re.compile(
    r"(?:^|[^\w])(?:rue|avenue|av|boulevard|bd|place|gare|metro|station|hopital|hospital|clinique|lycee|college|ecole|school|universite|university|site de|aeroport|stade|saint|sainte|san|santa|sao|playa|del|st\.?|ste|hotel|pont|parc|marque|brand|version|fondation|institut|centre|cathedrale|eglise|church|groupe|label|logiciel|app|application|magasins?|boutiques?|enseigne"
    r"|modele|ligne|line|fort|port|mont|lac|lake|mount|cote|les chantiers|ets|entreprise|transports|garage|cabinet|maison)[ -](?:de |d'|du |des |la |le |l')?$"
)
_NO_PERSON_AFTER = re.compile(
    r"(?:'s)?[ -]{1,2}(?:street|st\b|road|rd\b|avenue|ave\b|hospital|airport|station|hotel|store|stores|shop|line|university|school|college|bank|insurance|assurances?|park|square|stadium|centre|center|mall|city|county|group|groupe|inc|ltd|llc|restaurant|cafe|pub|bar|supermarket|foundation|ward|clinic|pizza|burger|beach|island|lake|river|moto|auto|mobile|telecom)(?!\w)"
)
_SIGNED = re.compile(
    r"(?:(?<!\w)(?:cordialement|bien a vous|bien cordialement|amicalement|respectueusement|sinceres salutations|salutations|regards|kind regards|best regards|best wishes|best|sincerely|yours|yours truly|yours sincerely|yours faithfully|signee?|cheers|bonne journee|bonne continuation|a bientot)[ ,.:!-]{0,3}\s{0,3}"
    r"|\n\s{0,3}[-–—~]{0,2} ?)(?P<name>[^\W\d_][\w'. -]{1,40})\s*[.!]?\s*$"
)
_NICKNAME = re.compile(
    r"(?<!\w)(?:Big|Mad|Little|Lil|Young|Fat|Crazy|Uncle|Auntie|Aunt|Chef|Coach|Sister|Brother|Father|Nurse|P[èe]re|S[œo]eur|Fr[èe]re|[Tt]onton|[Tt]ata|[Tt]atie|[Tt]ante|Papy|Mamie|Captain|Sergeant|Officer|Agent) $"
)
# What may announce a name that no gazetteer holds.
_CUED = re.compile(
    r"\b(?i:monsieur|madame|mademoiselle|mme|mlle|mr|mrs|ms|mister|miss|do[ck]t[eo]u?r|prof(?:esseur|essor)?|ma[iî]tre)\b\.? [A-ZÀ-Ýa-zà-ÿ]|\b(?:M|Dr|dr|Me|Pr|Mm|DR)\b\.? [A-ZÀ-Ý]"
    r"|\b(?i:appelle|appellent|nomme|nommée?|prénommée?|dénommée?|surnommée?|une? certaine?|name is|named|called|nicknamed|signée?|l'appelle|le surnomme) ?:? [A-ZÀ-Ý(\"]"
    r"|\b(?i:chefs?|cheffe|manager|boss|n\+\d|supervis\w{2,5}|coll[eè]gue|colleague|coworker|tut\w{3,5}|mentor|leader|lead|patronne?|direct\w{2,6}|responsable|drh|trainer|formateur|formatrice|nurse|infirmi[eè]re?|vendeu[rs]e?|serveu[rs]e?),? [A-ZÀ-Ý]"
    r"|(?i:cordialement|regards|sincerely|yours|salutations|faithfully|signée?|bien à vous|cheers|best|continuation|journée|wishes|bientôt)[ ,.:!-]{0,3}\s{0,3}[A-ZÀ-Ý]"
)
_CUES = frozenset(
    "monsieur madame mademoiselle mme mlle mr mrs ms mister miss docteur doctor dr prof professeur professor maitre pr mm appelle appellent nomme nommee prenomme prenommee denomme denommee surnomme "
    "surnommee certain certaine name named called nicknamed signe signee cordialement regards sincerely yours salutations faithfully cheers continuation wishes bientot chef chefs cheffe manager boss n "
    "supervisor superviseur superviseure superviser collegue colleague coworker tuteur tutrice tutor mentor leader lead patron patronne directeur directrice director responsable drh trainer formateur formatrice nurse infirmier "
    "infirmiere vendeur vendeuse serveur serveuse".split()
)
# Surnames that often follow a first name as what they mean: « julie bon accueil », "thanks tom best service".
_AFTER_NAMES = frozenset(
    "bon bonne court fort haut bas gentil grand grande petit petite juste simple rapide parfait joli jolie content jour bout large nice good well best long may will might young sharp smart sweet noble "
    "worth swift strong true wise keen late early french english day cook love little fall power price short song park page pages small sow tall white black green brown grey wood west".split()
)
_SIGNATURE = 60  # characters in which a text is signed
_LAST_LINE = re.compile(r"\n\s{0,3}[-–— ]{0,3}[A-ZÀ-Ý][\w'-]{1,20}(?: [A-ZÀ-Ý][\w'-]{0,20}){0,3}\.?\s*$")
_TEXT_ENDS = re.compile(r"[ .!,;]{0,3}$")
_WRITTEN_NAME = re.compile(r"[^\W\d_a-z][^\W\d_]?['-]?[^\W\d_]*[a-zà-ÿ]|(?:[Dd]e|[Dd]u|[Ll]e) [A-Z]|[A-Z]\b")
_GENERATIONS = 3  # words that a name goes on for
_COMMON = frozenset(
    "le la les l un une des de du d en et ou mais donc or ni car je j tu il elle on nous vous ils elles ce c cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs qui que qu quoi dont "
    "a au aux avec sans pour par sur sous dans chez vers entre depuis pendant avant apres contre malgre tres trop plus moins bien mal bon bonne bonjour bonsoir merci bravo super top nul tout tous toute toutes rien aucun aucune pas ne non oui si quand comme comment pourquoi "
    "est sont etait etaient ete etre avoir ai as ont avait avez avons fait faire dit dire aller va vais suis peut peu beaucoup encore toujours jamais deja ici la-bas puis ensuite enfin bref cependant toutefois pourtant alors aussi meme autre autres chaque quelques plusieurs certains "
    "service client clients equipe personnel magasin agence accueil produit produits commande livraison colis prix qualite delai delais site retour remboursement probleme conseil conseiller conseillere assurance contrat dossier telephone appel mail reponse attente facture paiement abonnement offre "
    "directeur directrice responsable manager chef cheffe patron collegue collegues direction entreprise societe salaire travail management ambiance horaires planning conges formation evolution rh drh cse sav ce cdi cdd "
    "monsieur madame mademoiselle messieurs mesdames docteur mr mme mlle mrs ms dr sir madam ma'am "
    "the an and or but so i you he she it we they this that these those my your his her its our their who what which when where why how all any some no not never always very too more most less much many one two three first last "
    "is are was were be been am do does did have has had will would can could should may might must get got go went come came make made take took say said tell told ask asked use used work works worked working need needs want wants "
    "good great nice bad poor best worst excellent amazing awesome terrible horrible awful lovely friendly helpful rude slow fast quick easy hard thanks thank please hello hi hey dear yes ok okay just only also even still then than there here now today yesterday "
    "of to in on at by for with from about into over under after before between during without within up down out off again back because if as "
    "customer customers staff team store shop service support price prices quality delivery order product refund manager managers management company job pay salary hours people place time day week month year phone call email website app "
    "lundi mardi mercredi jeudi vendredi samedi dimanche monday tuesday wednesday thursday friday saturday sunday janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre january february march april june july august september october november december "
    "noel easter christmas francais francaise anglais anglaise english french european france europe paris london uk us usa america american british indian chinese arabe africain africaine "
    "cordialement salutations regards sincerely cheers luck everyone lots choix ambiance felicitations remerciements attention dommage parfait parfaite rapide efficace correct correcte satisfait satisfaite decu decue content contente agreable professionnel professionnelle sympathique gentil gentille competent competente disponible "
    "however although though while since until unless therefore overall absolutely definitely highly really actually honestly unfortunately fortunately especially currently recently finally firstly secondly lastly maybe perhaps probably "
    "malheureusement heureusement franchement honnetement vraiment actuellement recemment finalement globalement certes sinon surtout notamment egalement rapidement facilement simplement absolument parfaitement "
    "pros cons avantages inconvenients conseils points positifs negatifs point positif negatif note avis commentaire review rating star stars etoile etoiles covid internet google amazon facebook instagram whatsapp linkedin apple microsoft windows android iphone samsung "
    "hr ceo cfo coo cto vp it qa pr gm dm am pm tv pc id ok nb ps sms gps pin vip faq usb wifi tva ttc ht sarl sas eurl maif macif maaf matmut axa allianz sncf ratp edf engie orange sfr bouygues free leclerc carrefour auchan lidl ikea fnac darty decathlon uber mcdonald mcdonalds starbucks walmart costco tesco asda nhs gp a&e er icu ".split()
)


class _Word(NamedTuple):
    """A word of a text: where it stands, its key, what its capital tells."""

    start: int
    end: int
    key: str
    capital: bool


class NameRules:
    """The rules for names; `keep` are words that are never one, `roster` holds names that always are."""

    def __init__(self, *, keep: Sequence[str] = (), roster: Roster | None = None) -> None:
        self.known = load_gazetteer()
        self.keep = frozenset(word.lower() for phrase in keep for word in phrase.split())
        self.roster = roster
        self._doubtful = self.known.words | self.known.places
        self._sure = self.known.any_name - self._doubtful
        self._unsure = self.known.first & self._doubtful

    def find(self, plain: Plain) -> Iterator[Span]:
        """Yield the names of persons in a text."""
        key = plain.key
        if not self._may_hold_names(plain):
            yield from self._find_initials(plain, [])
            return
        words = self._read(plain)
        spans = [*self._find_titled(plain, words), *self._find_named(plain, words), *self._find_initials(plain, words)]
        spans += self._find_known(plain, words, spans)
        spans += self._find_signed(plain)
        for start, end, kind in spans:
            yield Span(self._with_nickname(plain, start), end + 2 * plain.key.startswith("'s", end), kind)

    def _may_hold_names(self, plain: Plain) -> bool:
        """Whether a text is worth reading word by word."""
        words = plain.words
        if (
            not self._sure.isdisjoint(words)
            or ((not _CUES.isdisjoint(words) or "M. " in plain.text or "M " in plain.text) and _CUED.search(plain.text))
            or (self.roster and any(map(self.roster.holds, words)))
        ):
            return True
        if "\n" in plain.text[-_SIGNATURE:] and _LAST_LINE.search(
            plain.text, len(plain.text) - min(_SIGNATURE, len(plain.text))
        ):
            return True
        return any(
            plain.text[plain.key.find(word)].isupper()
            or plain.text[plain.key.rfind(word)].isupper()
            or plain.key.count(word) > 2
            for word in self._unsure & words
        )

    def _with_nickname(self, plain: Plain, start: int) -> int:
        """Where a name starts with what is put before it: « Big Mike », « Chef Ludo », « tonton Marcel »."""
        before = _NICKNAME.search(plain.text, max(0, start - 14), start)
        return before.start() if before else start

    # Words

    def _read(self, plain: Plain) -> list[_Word]:
        """Cut a text into words; in titles and all capitals, a capital tells nothing."""
        words = []
        for match in _TOKEN.finditer(plain.key):
            start, end, key = match.start(), match.end(), match.group()
            if key[-1] == ".":
                if len(key) > 2:
                    end, key = end - 1, key[:-1]
            if "'" in key:
                start, end, key = self._cut_elision(
                    start, end, key, named=plain.text[start : start + 3].isupper() and start > 0
                )
            words.append((start, end, key.replace("'", "").rstrip("."), plain.text[start].isupper()))
        shouted = [plain.text[start:end].isupper() for start, end, _, _ in words if end - start > 2]
        loud = len(shouted) > 2 and sum(shouted) > len(shouted) / 2
        titled = len(words) > 3 and sum(word[3] for word in words) > 0.6 * len(words)
        return [_Word(start, end, key, capital and not loud and not titled) for start, end, key, capital in words]

    def _cut_elision(self, start: int, end: int, key: str, *, named: bool) -> tuple[int, int, str]:
        """Take « d' » off the front and "'s" off the end; « N'Diaye » and "O'Connor" stay whole."""
        if not (
            key[0] in "odnm" and key[1] == "'" and (named or key.replace("'", "").removesuffix("s") in self.known.last)
        ) and (elided := _ELIDED.match(key)):
            start, key = start + elided.end(), key[elided.end() :]
        if key.endswith(("'s", "'re", "'ll", "'d", "'ve")) and len(key) > 3:
            cut = len(key) - key.rindex("'")
            end, key = end - cut, key[:-cut]
        return start, end, key

    def _is_first(self, key: str) -> bool:
        """Whether a word is a first name and nothing else; of a double one, its first half."""
        if key in self.known.first:
            return key not in self._doubtful and key not in self.keep
        if "-" in key:
            one, _, other = key.partition("-")
            if one in self.known.first and one not in _COMMON and len(other) > 1:
                return (
                    one not in self._doubtful
                    and (other in self.known.any_name)
                    or other in self.known.first
                    or key.replace("-", "") in self.known.first
                )
        return bool(self.roster and key not in self._doubtful and key not in _COMMON and self.roster.holds(key))

    def _is_any(self, key: str) -> bool:
        return (
            key in self.known.any_name
            and key not in self.keep
            or "-" in key
            and all(part in self.known.any_name or part in _PARTICLES for part in key.split("-"))
        )

    def _is_unknown(self, key: str) -> bool:
        """Whether a word may be a name nobody has listed."""
        return (
            len(key) > 1 and key not in _COMMON and key not in self._doubtful and key not in self.known.kept and key not in self.keep
            and not any(part in _COMMON for part in key.split("-"))
        )  # fmt: skip

    def _is_kept(self, plain: Plain, word: _Word) -> bool:
        """Whether a word is part of a brand or a place of several words, or stands where only places do."""
        for part in word.key.split("-"):
            for phrase in self.known.kept.get(part, ()):
                place = phrase.find(part)
                start = word.start - place
                if (
                    start >= 0
                    and plain.key.replace("-", " ").startswith(phrase, start)
                    and not plain.key[start + len(phrase) : start + len(phrase) + 1].isalpha()
                ):
                    return True
        before = plain.key[max(0, word.start - 30) : word.start]
        return bool(_NO_PERSON_BEFORE.search(before) or _NO_PERSON_AFTER.match(plain.key, word.end))

    # Finds

    def _find_titled(self, plain: Plain, words: list[_Word]) -> Iterator[Span]:
        """Yield titles with the name after them: « Mme de La Tour », "Mr. W."."""
        if not words:
            return
        places = {word.start: number for number, word in enumerate(words)}
        for title in _TITLED.finditer(plain.key):
            name = title["title"].rstrip(".")
            if name in {"m", "mm", "me", "pr"} and not plain.text[title.start()].isupper():
                continue
            if title["title"] == "ms" and plain.text[title.start() : title.end()].startswith("MS"):
                continue
            if (
                name in {"m", "me", "mm", "ms", "pr"}
                and "." not in title["title"]
                and not _WRITTEN_NAME.match(plain.text, title.end())
            ):
                continue
            number = places.get(title.end())
            if number is None:
                number = next((places[start] for start in range(title.end(), title.end() + 4) if start in places), None)
                if number is None:
                    continue
            if self._is_kept_title(plain, title.start()):
                continue
            end = self._end_of_name(plain, words, number, loose=name in _LOOSE_TITLES)
            if end:
                yield Span(title.start(), end, "name")

    def _is_kept_title(self, plain: Plain, start: int) -> bool:
        return any(
            plain.key.startswith(phrase, start)
            for word in ("mr", "mrs", "dr", "miss", "madame", "monsieur", "mademoiselle", "docteur", "mister")
            for phrase in self.known.kept.get(word, ())
        )

    def _end_of_name(self, plain: Plain, words: list[_Word], number: int, *, loose: bool) -> int:
        """Where the name that starts at a word ends; 0 when it is no name.

        After a loose cue (« monsieur », "doctor") a small letter needs a name of the gazetteer.
        """
        end, taken, last = 0, 0, number
        for place in range(number, min(number + 6, len(words))):
            word = words[place]
            if place > number and not self._adjoins(plain, words[place - 1], word):
                break
            capital = plain.text[word.start].isupper()
            letter = len(word.key) == 1 or plain.text[word.end - 1] == "."
            if letter and len(word.key) <= 3 and capital:
                end, taken = word.end + (plain.text[word.end : word.end + 1] == "."), taken + 1
            elif (
                word.key in _PARTICLES
                and (end or all(each.key in _PARTICLES for each in words[number:place]))
                and place + 1 < len(words)
                and self._goes_on(plain, words[place + 1], loose=loose)
            ):
                continue
            elif taken and not capital and word.key not in self.known.any_name:
                break
            elif taken and not capital and word.key in self._doubtful:
                break
            elif self._may_follow(word, capital=capital, loose=loose, first=not taken):
                end, taken = word.end, taken + 1
            else:
                break
            last = place
            if taken == _GENERATIONS:
                break
        return end if last >= number else 0

    def _goes_on(self, plain: Plain, word: _Word, *, loose: bool) -> bool:
        return word.key in _PARTICLES or self._may_follow(
            word, capital=plain.text[word.start].isupper(), loose=loose, first=False
        )

    def _may_follow(self, word: _Word, *, capital: bool, loose: bool, first: bool) -> bool:
        if self._is_any(word.key):
            return capital or not first or word.key not in self._doubtful or not loose or word.key in self.known.last
        return (
            self._is_unknown(word.key)
            and (capital or (not loose and first and len(word.key) > 2))
            or (capital and word.key in self.known.words and word.key not in _COMMON and first)
        )

    def _adjoins(self, plain: Plain, one: _Word, other: _Word) -> bool:
        between = plain.text[one.end : other.start]
        return (
            len(between) < 4
            and not between.strip(" \n.'")
            and between.count("\n") < 2
            and (
                "." not in between
                or len(one.key) == 1
                or plain.text[other.start].islower() is False
                and one.end - one.start <= 2
            )
        )

    def _find_named(self, plain: Plain, words: list[_Word]) -> Iterator[Span]:
        """Yield what stands where only a name does: « je m'appelle X », "a colleague named X", « ma cheffe X »."""
        starts = {word.start: number for number, word in enumerate(words)}
        for cue in _NAMED.finditer(plain.key):
            number = starts.get(cue.end())
            if number is not None and (plain.text[cue.end()].isupper() or self._is_first(words[number].key)):
                word = words[number]
                if (
                    plain.text[cue.end()].isupper()
                    and word.key in {"le", "la", "big", "mad", "the"}
                    and number + 1 < len(words)
                ):
                    end = self._end_of_name(plain, words, number + 1, loose=True)
                else:
                    end = self._end_of_name(plain, words, number, loose=True)
                if end:
                    yield Span(cue.end(), end, "name")
        for number, word in enumerate(words):
            if (
                word.capital
                and self._is_unknown(word.key)
                and not self._opens(plain, word)
                and not plain.text[word.start : word.end].isupper()
            ):
                before = plain.key[max(0, word.start - 24) : word.start]
                after = plain.key[word.end : word.end + 1]
                if (
                    _FAMILIAR_ROLE.search(before)
                    and (after in {"", ",", "."} or _ACTS.match(plain.key, word.end))
                    and not self._is_kept(plain, word)
                ):
                    yield Span(word.start, self._end_of_name(plain, words, number, loose=True) or word.end, "name")

    def _find_initials(self, plain: Plain, words: list[_Word]) -> Iterator[Span]:
        """Yield « M. D. », "T.M." and « W. Marchand »."""
        if "." not in plain.text:
            return
        for match in _LONE_INITIALS.finditer(plain.text):
            letters = match.group().replace(" ", "").lower().rstrip(".")
            if letters not in _NO_INITIALS:
                yield Span(*match.span(), "name")
        initials = list(_INITIAL.finditer(plain.text))
        words = words or (self._read(plain) if initials else [])
        starts = {word.start: number for number, word in enumerate(words)}
        for match in initials:
            number = starts.get(match.end())
            if number is None or not plain.text[match.end()].isupper() and words[number].key not in _PARTICLES:
                continue
            word = words[number]
            if re.search(
                r"(?:plan|batiment|vitamine?|option|zone|hall|terminal|type|grade|class|classe|group|groupe|categorie|hepatite|annexe|section|bloc|bat|escalier)\s$",
                plain.key[max(0, match.start() - 12) : match.start()],
            ):
                continue
            known = (
                self._is_any(word.key)
                or word.key in _PARTICLES
                or (self._is_unknown(word.key) and plain.text[word.end - 1].islower() and len(word.key) > 3)
            )
            if known and (end := self._end_of_name(plain, words, number, loose=True)):
                yield Span(match.start(), end, "name")

    def _find_known(self, plain: Plain, words: list[_Word], found: list[Span]) -> list[Span]:
        """Return the names of the gazetteer that what stands around them confirms."""
        spans: list[Span] = []
        taken = [False] * len(words)
        starts = [word.start for word in words]
        for span in found:
            for number in range(bisect_left(starts, span.start), bisect_left(starts, span.end)):
                taken[number] = True
        for number, word in enumerate(words):
            if taken[number] or not self._is_person(plain, words, number):
                continue
            first, last = number, number
            while first and not taken[first - 1] and self._leads(plain, words, first - 1, first, number):
                first -= 1
            last = self._last_of_name(plain, words, number)
            for place in range(first, last + 1):
                taken[place] = True
            end = words[last].end
            if plain.text[end : end + 1] == "." and end - words[last].start == 1:
                end += 1
            spans.append(Span(words[first].start, end, "name"))
        return spans

    def _is_person(self, plain: Plain, words: list[_Word], number: int) -> bool:
        """Whether a word is the name of a person: by itself, or by what stands beside it."""
        word = words[number]
        key, known = word.key, self.known
        if key in self.keep or key in _COMMON and key not in known.first:
            return False
        written = plain.text[word.start : word.end]
        if self._is_first(key):
            if len(key) < 4 and (not written[0].isupper() or (written.isupper() and not _is_loud(plain.text))):
                following = words[number + 1].key if number + 1 < len(words) else ""
                light = () if written.isupper() else (_LIGHT_CUE,)
                return (
                    self._has_cue(plain, word, _FIRM_CUE, _FAMILIAR_ROLE, *light)
                    or not written.isascii()
                    or (following in known.last and following not in self._doubtful)
                )
            return not self._is_kept(plain, word)
        if not self._is_any(key):
            return False
        if self._is_kept(plain, word):
            return False
        is_first, doubtful = key in known.first, key in self._doubtful
        capital = word.capital
        if capital and self._has_cue(plain, word, _FAMILIAR_ROLE):
            return True
        if (
            is_first
            and number + 1 < len(words)
            and self._adjoins(plain, word, words[number + 1])
            and plain.text[word.end : word.end + 1] == " "
        ):
            after = words[number + 1]
            alike = plain.text[after.start].isupper() == written[0].isupper()
            if alike and after.key in known.any_name and after.key not in self._doubtful and len(after.key) > 2:
                return True  # « Pierre Kowalski », "grace johnson"
        acts = bool(_ACTS.match(plain.key, word.end))
        if key in known.places:
            return written[0].isupper() and (
                bool(_ONE_ACT.match(plain.key, word.end))
                or (
                    is_first
                    and capital
                    and self._has_cue(plain, word, _FIRM_CUE)
                    and bool(re.match(r"(?:$|[,.!]| (?:pour|for|de|who|qui))", plain.key[word.end : word.end + 5]))
                )
            )
        if is_first and doubtful:
            if not capital:
                return (
                    (written[0].isupper() or self._opens(plain, word))
                    and bool(_ONE_ACT.match(plain.key, word.end))
                    or (
                        self._has_cue(plain, word, _FIRM_CUE)
                        and bool(re.match(r"(?: pour | for | d[eu] |$)", plain.key[word.end : word.end + 6]))
                        and len(key) > 4
                        and key not in _COMMON
                    )
                )
            if self._opens(plain, word):
                return acts or self._is_listed(plain, words, number)
            return (
                self._has_cue(plain, word, _FIRM_CUE, _WITH)
                or acts
                or self._is_listed(plain, words, number)
                or bool(re.match(r"(?:$|[,.!?;)])", plain.key[word.end : word.end + 1]))
            )
        if doubtful:  # a surname that is a word
            return False
        # a surname and nothing else
        cued = self._has_cue(plain, word, _FIRM_CUE)
        return (
            capital and not self._opens(plain, word) and (cued or acts or self._has_cue(plain, word, _FAMILIAR_ROLE))
        ) or (written[0].isupper() and self._opens(plain, word) and acts and len(key) > 3)

    def _is_listed(self, plain: Plain, words: list[_Word], number: int) -> bool:
        """Whether a name is in a list of names: « Bill and Sophie »."""
        for place in (number - 1, number + 1, number + 2, number - 2):
            if (
                0 <= place < len(words)
                and words[place].key in self.known.first
                and plain.text[words[place].start].isupper()
            ):
                low, high = min(place, number), max(place, number)
                between = plain.key[words[low].end : words[high].start].strip()
                if between in {"et", "and", "&", ","}:
                    return True
        return False

    def _opens(self, plain: Plain, word: _Word) -> bool:
        """Whether a sentence starts with a word."""
        return word.start == 0 or bool(_SENTENCE_END.search(plain.text[max(0, word.start - 3) : word.start]))

    def _has_cue(self, plain: Plain, word: _Word, *cues: re.Pattern[str]) -> bool:
        before = plain.key[max(0, word.start - 30) : word.start]
        return any(cue.search(before) for cue in cues)

    def _leads(self, plain: Plain, words: list[_Word], place: int, first: int, number: int) -> bool:
        """Whether a word belongs to the name after it: a surname first, as « MARTIN Emma », or a rare first half."""
        word, name = words[place], words[first]
        if not self._adjoins(plain, word, name) or plain.text[word.end : name.start].strip(" "):
            return False
        written = plain.text[word.start : word.end]
        if (
            word.key in _PARTICLES
            and len(word.key) > 1
            and first < number
            and (
                written[0].isupper()
                or (place and words[place - 1].key in _PARTICLES and plain.text[words[place - 1].start].isupper())
            )
        ):
            return True  # « DE LA TOUR Emma », "Van den Berg Linh"
        if word.key in _COMMON or word.key in self.keep or self._is_kept(plain, word):
            return False
        upper = written.isupper() and len(written) > 2
        if self._is_any(word.key):
            return word.key not in self._doubtful or (
                written[0].isupper()
                and (
                    upper
                    or (word.key in self.known.last and word.key not in _AFTER_NAMES)
                    or not self._opens(plain, word)
                )
            )
        return (
            upper
            and len(written) > 4
            and self._is_unknown(word.key)
            and plain.text[name.start : name.end] != plain.text[name.start : name.end].upper()
        )

    def _last_of_name(self, plain: Plain, words: list[_Word], number: int) -> int:
        """Place of the last word of the name that a first name starts."""
        last, place = number, number + 1
        while place < len(words) and place - number <= 5 and last - number < _GENERATIONS:
            word = words[place]
            if not self._adjoins(plain, words[place - 1], word) or plain.text[words[place - 1].end : word.start].strip(
                " \n'"
            ):
                break
            written = plain.text[word.start : word.end]
            if word.key in _PARTICLES and not (len(word.key) == 1 and written[0].isupper()):
                place += 1
                continue
            newline = "\n" in plain.text[words[last].end : word.start]
            if not self._continues(plain, words, place, written, newline=newline, bare=place == last + 1):
                break
            last, place = place, place + 1
        return last

    def _continues(
        self, plain: Plain, words: list[_Word], place: int, written: str, *, newline: bool, bare: bool
    ) -> bool:
        word = words[place]
        if len(word.key) == 1:
            return (
                written[0].isupper()
                or plain.text[word.end : word.end + 1] == "."
                and word.key != "a"
                or written[-1:] == "."
                and word.key not in {"a", "y"}
            )
        if word.key in self.keep or word.key in _COMMON:
            return False
        if not bare and word.key in _AFTER_NAMES and not written[0].isupper():
            return False
        if self._is_any(word.key):
            if word.key not in self._doubtful:
                return not newline or written[0].isupper()
            if word.capital and not newline:
                return True
            ends = word.key in self.known.last and (
                word.key not in _AFTER_NAMES or bool(_TEXT_ENDS.match(plain.key, word.end))
            )
            return ends or (written.isupper() and len(written) > 2 and not _is_loud(plain.text))
        if (
            word.key in self.known.words
            and words[place - 1].key in _PARTICLES
            and written[0].isupper()
            and not _is_loud(plain.text)
        ):
            return True  # « DE LA TOUR »
        return (word.capital and not newline and self._is_unknown(word.key)) or (
            written.isupper() and len(written) > 3 and not _is_loud(plain.text) and self._is_unknown(word.key)
        )

    def _find_signed(self, plain: Plain) -> Iterator[Span]:
        """Yield the name that ends a text, after a greeting or on a line of its own."""
        match = _SIGNED.search(
            plain.text.lower() if not plain.key.isascii() else plain.key, max(0, len(plain.key) - 80)
        )
        if not match:
            return
        parts = _TOKEN.findall(plain.text[match.start("name") : match.end("name")])
        keys = [part.lower().rstrip(".") for part in _TOKEN.findall(plain.key[match.start("name") : match.end("name")])]
        if (
            0 < len(parts) <= 4
            and all(
                (
                    part[0].isupper()
                    and ((self._is_unknown(key) and not key.endswith("ment")) or self._is_any(key) or len(key) == 1)
                )
                or key in _PARTICLES
                for part, key in zip(parts, keys, strict=True)
            )
            and any(self._is_unknown(key) or self._is_any(key) for key in keys)
            and (self._is_first(keys[0]) or match.group()[0] not in "\n" or len(parts) > 1 and self._is_any(keys[-1]))
        ):
            end = match.end("name")
            yield Span(match.start("name"), len(plain.text[:end].rstrip()), "name")


def _is_loud(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return sum(letter.isupper() for letter in letters) > len(letters) / 2
