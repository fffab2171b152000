"""What stands around names of persons: titles, roles, thanks, deeds; and around what only looks like one."""

from __future__ import annotations

import re

SENTENCE_END = re.compile(r"[.!?:;\n•*\"«»(\[–—-]\s*$")
# A pattern that starts with a set of signs, and looks back after it, is searched for several times faster.
INITIAL = re.compile(r"[A-Z](?<![\w'./-][A-Z])(?:-[A-Z])?\. ?(?:[A-Z](?:-[A-Z])?\.(?!\w))?")
LONE_INITIALS = re.compile(r"[A-Z](?<![\w'.-][A-Z])(?:-[A-Z])?\. ?[A-Z]\.(?=$|[\s,;:!?])")
# Two letters without a space are a person's where somebody is thanked, signs, speaks; elsewhere few are: "P.T."
INITIALED = re.compile(
    r"(?:(?<!\w)(?:merci a|bravo a|thanks to|thank you|thanks|avec|with|par|by|chef|cheffe|manager|boss|collegue"
    r"|colleague|agent|nurse|cordialement|regards|signe|signee|ask|told|said|says|que|chez|salut|hi|dear|cher|chere),?"
    r"|\n) ?$"
)
NO_INITIALS = frozenset(
    "u.s u.k p.s e.u a.m p.m c.e c.p l.r a.r n.b s.a t.v h.r i.t s.s p.c d.c l.a n.y i.e e.g c.v r.h s.p r.a b.a "
    "m.a p.o c.d j.t".split()
)
TITLED = re.compile(
    r"(?<![\w'-])(?P<title>monsieur|madame|mademoiselle|docteur|doctor|maitre|professeur|professor|miss|mister"
    r"|(?:mme|mlle|mr|mrs|ms|dr|prof|me|mle|pr|messrs|mm|m)\.?) {1,2}(?=[^\W\d_])"
)
LOOSE_TITLES = frozenset(
    "monsieur madame mademoiselle docteur doctor maitre professeur professor miss dr prof me pr m mm".split()
)
PARTICLES = frozenset(
    "de du des la le les van von der den el al ben bin di da dos do o mc mac st saint d y ould ter ten".split()
)
NAMED = re.compile(
    r"(?<!\w)(?:(?:s'|m'|t')appell?ent?|m'appelle|s'appelle|se nomme|prenommee?|nommee?|denommee?|surnommee?"
    r"|une? certaine?|my name is|my name's|mon nom est|mon prenom est|nicknamed|named"
    r"|(?:guy|man|woman|lady|girl|boy|someone|somebody|person|agent|colleague|coworker|rep|driver|nurse|doctor"
    r"|waiter|waitress|server|fella|bloke|employee|manager|chap|gentleman|assistant) called"
    r"|by the name of|goes by|on l'appelle|we call (?:him|her)|signee? ?:?|on le surnomme) {1,2}"
)
FAMILIAR_ROLE = re.compile(
    r"(?<!\w)(?:chefs?|cheffe|manager|manageuse|boss|n\+[12]|superviseur|superviseure|supervisor|collegue|colleague"
    r"|coworker|co-worker|tuteur|tutrice|mentor|team leader|team lead|teammate|patron|patronne|directeur|directrice"
    r"|director"
    r"|responsable|drh|binome|formateur|formatrice|trainer|buddy|gerante?|vendeuse|vendeur|serveuse|serveur"
    r"|infirmiere?|hotesse|caissiere?|receptionist|waiter|waitress|nurse|midwife|conseillere?|advisor|adviser|agent"
    r"|driver|rep|livreur|assistante?|secretaire"
    r"|technicien|technicienne|mechanic|barber|coiffeuse|coiffeur|estheticienne|cashier|bartender|hygienist|dentist"
    r"|therapist|consultant|consultante|hr means|chief|dame),? (?:\((?=\w))?$"
)
FIRM_CUE = re.compile(
    r"(?<!\w)(?:(?:un (?:grand |gros |immense )?)?(?:merci|bravo|felicitations|remerciements|chapeau) (?:beaucoup "
    r"|infiniment |encore )?a|remercier|remercie|thanks to|thank you to|thank you|thanks|shout ?out to|kudos to"
    r"|credit to|props to|spoke (?:to|with)|speak (?:to|with)|talk to|talked to"
    r"|demander? a|demandez a|demande a|parler a|parle a|dit a|dire a|signale a|ask|asked|ask for|told|tell"
    r"|demander|voir avec|vu avec|served by|helped by|assisted by|accueillie?s? par|recue?s? par|servie?s? par"
    r"|aidee?s? par|conseillee?s? par|handled by|treated by|seen by|cc|bye|hello|hi|hey|salut|coucou|cher|chere"
    r"|dear) {1,2}$"
)
WITH = re.compile(r"(?<!\w)(?:avec|with|by|par|de|a|is|c'est|depuis que|since|sans) {1,2}$")
LIGHT_CUE = re.compile(
    r"(?<!\w)(?:merci|thanks|bravo|avec|with|by|par|pour|chez|a|de|que|comme|and|et|j'en veux a|voir|contre|from|sauf"
    r"|surtout|depuis que|since|depuis|because|that|is|c'est|because of|to) {1,2}$|(?:,|&) $"
)
ACTS = re.compile(
    r"(?:'s)? {1,2}(?:(?:et|and|&) [\w'-]{2,20} )?(?:m'a|m'ont|nous (?:a|ont|hurle|crie|insulte|prend|parle|met"
    r"|fait|traite|laisse|aide|surveille)|hurle|crie|insulte|triche|ment|vole|favorise|fait (?:des|du|la|le|tout"
    r"|rien)|ne (?:fait|dit|repond|sait|respecte|veut|prend|part|lit|vient|connait|se)|n'a|n'ecoute|est (?:tres"
    r"|trop|super|toujours|vraiment|partie?|absente?|en|ma|mon|notre|la seule|le seul|gentille?|desagreable"
    r"|geniale?|adorable|au top|incompetente?)|a (?:ete|refuse|perdu|menti|dit|pris|fait|toujours|su|demissionne"
    r"|quitte|crie|vole|triche|casse)|arrive (?:toujours|en)|part |travaille|gueule|bloque|decide|se permet|m'[a-z]"
    r"|told|said|helped|shouted|shouts|yells|steals|lies|sorted|handled|promised|asked|gossips|deserves|covers"
    r"|decides|refused|never [a-z]{2,12}s|who (?:is|was|helped|served)|was (?:very|so|great|really|lovely|amazing"
    r"|wonderful"
    r"|rude|kind|brilliant|useless|late|excellent|fantastic|super|friendly|helpful|always|my|extremely|absolutely)"
    r"|is (?:very|so|great|really|lovely|amazing|wonderful|rude|kind|brilliant|useless|excellent|fantastic|a bully"
    r"|always|the best|my|toxic|never|an? )|has been|took (?:the|over|care|my|time|credit)|made me|gave me"
    r"|went (?:above|out)|ran |runs the|left because|works? (?:in|at|with)|sleeps|blocked|treats|ignores|cancels"
    r"|keeps|made (?:the|a|sure)"
    r"|from (?:the )?(?:front|reception|billing|payroll|hr|it|accounts|maintenance|finance|sales|support|customer"
    r"|logistics)|(?:at|in|on) (?:the )?(?:front desk|desk|reception|billing|payroll|hr|accounts|checkout|till|bar"
    r"|de la compta|kitchen)|du (?:quai|sav|rayon|service)|de la (?:compta|logistique|paie|caisse)|le chef|la chef"
    r"|au rayon|a l'accueil)(?!\w)"
)
ONE_ACT = re.compile(
    r"(?:'s)? {1,2}(?:told|said|helped|shouted|shouts|yells|hurle|crie|insulte|steals|sorted|gossips|m'a (?:aide"
    r"|dit|repondu|conseille|recu|accueilli|explique|hurle)|nous a (?:aide|accueilli|conseille|recu)|has been (?:so"
    r"|very|amazing|great)|deserves|a ete (?:tres|super|formidable|geniale?|adorable|parfaite?))(?!\w)"
    r"|,? une? (?:hotesse|collegue|vendeuse|vendeur|serveuse)"
)
NO_PERSON_BEFORE = re.compile(
    r"(?:^|[^\w])(?:ile|annexe|rue|avenue|av|boulevard|bd|place|gare|metro|station|hopital|hospital|clinique"
    r"|lycee|college"
    r"|ecole|school|universite|university|site de|aeroport|stade|saint|sainte|san|santa|sao|playa|del|st\.?|ste"
    r"|hotel|pont|parc|marque|brand|version|fondation|institut|centre|cathedrale|eglise|church|groupe|label"
    r"|logiciel|app|application|magasins?|boutiques?|enseigne"
    r"|modele|ligne|line|fort|port|mont|mt\.?|lac|lake|mount|cote|les chantiers|ets|entreprise|transports|garage"
    r"|cabinet|maison|tempete|ouragan|cyclone|storm|hurricane|typhoon|gendarmerie|mairie|prefecture|commune|ville"
    r"|village|quartier|campus|canton|tribunal|rectorat|consulat|ambassade|caserne|commissariat|prison|town|city"
    r"|county|borough|agence"
    r"|in|near|into|out of|via|flights? (?:to|from)|fl(?:y|ew|ying) (?:to|from))[ -](?:de |d'|du |des |la |le |l')?$"
)
NO_PERSON_AFTER = re.compile(
    r"(?:'s)?[ -]{1,2}(?:air|airlines|house|lounge|consulting|partners|promotion"
    r"|street|st\b|road|rd\b|avenue|ave\b|hospital|airport|station|hotel|store|stores|shop|line"
    r"|university|school|college|bank|insurance|assurances?|park|square|stadium|centre|center|mall|city|county"
    r"|group|groupe|inc|ltd|llc|restaurant|cafe|pub|bar|supermarket|foundation|ward|clinic|pizza|burger|beach"
    r"|island|lake|river|bridge|plaza|travel plaza|terminal|turnpike|highway|moto|auto|mobile"
    r"|telecom)(?!\w)|, (?:alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida"
    r"|georgia|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine"
    r"|maryland|massachusetts|michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|new [a-z]{4,9}"
    r"|north [cd][a-z]{5,7}|ohio|oklahoma|oregon|pennsylvania|rhode island|south [cd][a-z]{5,7}|tennessee|texas"
    r"|utah|vermont|virginia"
    r"|washington|west virginia|wisconsin|wyoming)(?!\w)"
)
# Before a single first name, what no person has before them: « un Leo », "the Lilly budget", "we Ned a taxi".
NO_NAME_BEFORE = re.compile(
    r"(?:(?<!\w)(?:the|an|this|these|those|any|some|every|each|no|un|une|le|les|des|du|au|aux|ce|cet|cette|ces"
    r"|i|we|they|je|tu|ils|elles)|\d) $|(?<!\w)l'$"
)
# An American place: its state stands after it.
STATE_AFTER = re.compile(
    r"(?:, ?(?:D[CE]|HI|I[DN]|LA|M[AE]|NE|O[HKR]|PA|CO)|,? (?:A[KLRZ]|C[AT]|FL|GA|I[AL]|K[SY]|M[DINOST]|N[CDHJMVY]|RI"
    r"|S[CD]|T[NX]|UT|V[AT]|W[AIVY]))(?!\w)"
)
SIGNED = re.compile(
    r"(?:(?<!\w)(?:cordialement|bien a vous|bien cordialement|amicalement|respectueusement|sinceres salutations"
    r"|salutations|regards|kind regards|best regards|best wishes|best|sincerely|yours|yours truly|yours sincerely"
    r"|yours faithfully|signee?|cheers|bonne journee|bonne continuation|a bientot)[ ,.:!-]{0,3}\s{0,3}"
    r"|\n\s{0,3}[-–—~]{0,2} ?)(?P<name>[^\W\d_][\w'. -]{1,40})\s*[.!]?\s*$"
)
NICKNAME = re.compile(
    r"(?<!\w)(?:Big|Mad|Little|Lil|Young|Fat|Crazy|Uncle|Auntie|Aunt|Chef|Coach|Sister|Brother|Father|Nurse|P[èe]re"
    r"|S[œo]eur|Fr[èe]re|[Tt]onton|[Tt]ata|[Tt]atie|[Tt]ante|Papy|Mamie|Captain|Sergeant|Officer|Agent) $"
)
# What may announce a name that no gazetteer holds.
CUED = re.compile(
    r"\b(?i:monsieur|madame|mademoiselle|mme|mlle|mr|mrs|ms|mister|miss|do[ck]t[eo]u?r|prof(?:esseur|essor)?"
    r"|ma[iî]tre)\b\.? [A-ZÀ-Ýa-zà-ÿ]|\b(?:M|Dr|dr|Me|Pr|Mm|DR)\b\.? [A-ZÀ-Ý]"
    r"|\b(?i:appelle|appellent|nomme|nommée?|prénommée?|dénommée?|surnommée?|une? certaine?|name is|named|called"
    r"|nicknamed|signée?|l'appelle|le surnomme) ?:? [A-ZÀ-Ý(\"]"
    r"|\b(?i:chefs?|cheffe|manager|boss|n\+\d|supervis\w{2,5}|coll[eè]gue|colleague|coworker|tut\w{3,5}|mentor"
    r"|leader|lead|patronne?|direct\w{2,6}|responsable|drh|trainer|formateur|formatrice|nurse|infirmi[eè]re?"
    r"|vendeu[rs]e?|serveu[rs]e?),? [A-ZÀ-Ý]"
    r"|(?i:cordialement|regards|sincerely|yours|salutations|faithfully|signée?|bien à vous|cheers|best|continuation"
    r"|journée|wishes|bientôt)[ ,.:!-]{0,3}\s{0,3}[A-ZÀ-Ý]"
)
# How each of these starts, folded: `CUED` is tried there only, since a search for it is slow.
CUE_STARTS = re.compile(
    r"\b(?:m(?:onsieur|adame|ademoiselle|me|lle|rs?|s|ister|iss|aitre|anager|entor|m?\b|e\b)|do[ck]t[eo]|dr|prof|pr\b"
    r"|appelle|nomme|prenomme|denomme|surnomme|le surnomme|une? certain|name is|named|called|nicknamed|signe|l'appelle"
    r"|chef|boss|n\+\d|supervis|coll|coworker|tut|lead|patron|direct|responsable|trainer|format|nurse|infirmi|vendeu"
    r"|serveu)"
    r"|cordialement|regards|sincerely|yours|salutations|faithfully|bien a vous|cheers|best|continuation|journee|wishes"
    r"|bientot"
)
CUES = frozenset(
    "monsieur madame mademoiselle mme mlle mr mrs ms mister miss docteur doctor dr prof professeur professor "
    "maitre pr mm appelle appellent nomme nommee prenomme prenommee denomme denommee surnomme surnommee "
    "certain certaine name named called nicknamed signe signee cordialement regards sincerely yours "
    "salutations faithfully cheers continuation wishes bientot chef chefs cheffe manager boss n supervisor "
    "superviseur superviseure superviser collegue colleague coworker tuteur tutrice tutor mentor leader lead "
    "patron patronne directeur directrice director responsable drh trainer formateur formatrice nurse "
    "infirmier infirmiere vendeur vendeuse serveur serveuse".split()
)
# Surnames that often follow a first name as what they mean: « julie bon accueil », "thanks tom best service".
AFTER_NAMES = frozenset(
    "bon bonne court fort haut bas gentil grand grande petit petite juste simple rapide parfait joli jolie "
    "content jour bout large nice good well best long may will might young sharp smart sweet noble worth swift "
    "strong true wise keen late early french english day cook love little fall power price short song park "
    "page pages small sow tall white black green brown grey wood west".split()
)
SIGNATURE = 60  # characters in which a text is signed
LAST_LINE = re.compile(r"\n\s{0,3}[-–— ]{0,3}[A-ZÀ-Ý][\w'-]{1,20}(?: [A-ZÀ-Ý][\w'-]{0,20}){0,3}\.?\s*$")
TEXT_ENDS = re.compile(r"[ .!,;]{0,3}$")
WRITTEN_NAME = re.compile(r"[^\W\d_a-z][^\W\d_]?['-]?[^\W\d_]*[a-zà-ÿ]|(?:[Dd]e|[Dd]u|[Ll]e) [A-Z]|[A-Z]\. ?[A-Z]")
GENERATIONS = 3  # words that a name goes on for
AFTER_THANKS = re.compile(r"(?:$|[,.!]| (?:pour|for|de|who|qui))")
THANKED_FOR = re.compile(r"(?: pour | for | d[eu] |$)")
CLAUSE_ENDS = re.compile(r"(?:$|[,.!?;)])")
# Names that end in é, folded: any other word that ends in it is a participle, « marié ».
ACUTE_ENDS = frozenset(
    "jose rene andre aime desire chloe cloe zoe noe salome timothe thimothe honore barnabe dede gege keke mae felicite "
    "josue charite trinite esme aglae".split()
)
ARTICLES = frozenset({"la", "le", "les"})
ALONE = frozenset({"a", "i", "o", "y"})  # words of one letter
DETERMINER = re.compile(r"(?<!\w)(?:la|le|les|un|une|des|du|the|an?|my|our|ma|mon|notre) $")
