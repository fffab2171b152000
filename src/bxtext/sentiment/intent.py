"""What the speaker does: praise, complain, suggest, ask, leave, or state."""

from __future__ import annotations

import re

from bxtext.language import fold_letters

_LEAVING_FR = (
    r"je (?:vais |compte |pense |veux )?(?:demissionn\w+|resili\w+|quitt\w+)|j'ai (?:demissionne|"
    r"resilie|quitte)|"
    r"j(?:e |')(?:envisage|souhaite|cherche) (?:de |a )?(?:quitter|partir|resilier|demissionner|ailleurs)|"
    r"je (?:pars|partirai|me barre|me casse)(?! en\b| au\b| aux\b)|je change(?:rai)? d[e'] ?\w+|"
    r"(?:je|on|nous) (?:n'y |ne |n')?(?:re(?:viendr|tourner|commander|mettr|prendr)\w*) (?:pas|plus|jamais)|"
    r"(?:plus|pas) pres? de (?:revenir|recommander|y retourner)|"
    r"ne (?:re)?mettr\w+ plus (?:jamais )?les pieds|"
    r"derniere fois que (?:je|j'|nous|on)|plus jamais (?:chez|je|nous|cette|ce)|(?:client|"
    r"cliente) (?:de )?perdue?|"
    r"(?:vais|irai|allons|irons) (?:voir )?(?:ailleurs|chez (?:un |la |le )?concurren\w+|a la concurrence)|"
    r"(?:donn|pos|remet|remis|depos|present|negoci)\w* (?:deja )?(?:mon|ma) (?:preavis|demission)|mon preavis|"
    r"je (?:ne )?(?:finirai|resterai|continuerai) (?:pas|plus)|je (?:ne )?(?:compte|vais|pense) (?:pas|plus) rester|"
    r"(?:je|j') ?(?:vais |compte |pense |songe a |envisage de |prefere |veux |voudrais )(?:partir|demissionner|"
    r"m'en aller|quitter)|(?:envie|hate|projet|decide|decidee) de (?:partir|demissionner|quitter|m'en aller)|"
    r"je m'en vais\b|je postule (?:ailleurs|deja)|sur le depart|mon cv (?:est|a jour|tourne|circule)|"
    r"(?:des|sitot|aussitot) que je (?:trouve|peux)[^.!?]{0,30}(?:je (?:pars|file|me tire|m'en vais)|ciao|bye)|"
    r"lettre de demission|ma demission|mon depart|cherche (?:un )?(?:autre|nouvel) (?:emploi|travail|"
    r"poste|job)"
)
_LEAVING_EN = (
    r"(?:i(?:'m| am)|we(?:'re| are)) (?:leaving|quitting|resigning|switching|moving (?:my|to another)|"
    r"cancel+ing|done with)|"
    r"i (?:quit|resigned|left because|will quit|want to quit)|hand(?:ed|ing) in (?:my|our) notice|"
    r"my resignation|(?:put|putting|give|gave|given|giving|hand|handed)(?: in)? (?:my|our) notice|"
    r"(?:gonna|going to|about to|ready to|planning to|plan to|decided to|want to|can't wait to|tempted to|thinking of|"
    r"thinking about) (?:quit|quitting|leave|leaving|resign|resigning)|i(?:'ll| will) (?:leave|resign|be leaving)|"
    r"(?:won't|will not|not) (?:be )?stay(?:ing)? (?:here|long|much longer|any longer)|"
    r"i(?:'m| am) off(?= ?(?:[.!,;]|$| to (?:a|another)))|(?:applying|looking|interviewing) elsewhere|job[- ]hunting|"
    r"updat(?:ed|ing) my (?:cv|resume)|(?:as )?soon as i (?:find|get) (?:something|anything|another)|"
    r"(?:won't|will not|wouldn't|would not) (?:be (?:back|returning|coming back)|return|come back|"
    r"go back|use (?:them|you|it) again|"
    r"order again|shop|buy)|never (?:again|going back|coming back|(?:be |)(?:using|flying|ordering|"
    r"buying|shopping)|"
    r"(?:use|fly|order|buy|shop|return|come back|go back|eat))|last time (?:i|we)(?:'ll| will|'m| am)? |"
    r"tak(?:e|ing) (?:my|our) (?:business|money|custom) elsewhere|(?:going|go|shop\w*|"
    r"bank\w*) elsewhere|lost (?:a|my|our) (?:loyal )?"
    r"(?:customer|business|custom)|look(?:ing)? for (?:another|a new) (?:job|employer|bank|provider|insurer)|"
    r"switch(?:ed|ing)? to (?:a|another|your) |cancel+(?:ed|ing)? my (?:account|subscription|membership|"
    r"contract|policy)|"
    r"clos(?:ed|ing) my account"
)
_SUGGESTION = (
    r"il faudrait|faudrait|(?:ce|ca|il) ser(?:ait|aient) (?:bien|bon|top|sympa|cool|mieux|utile|"
    r"pratique|ideal|apprecia\w+|"
    r"souhaitable|judicieux|interessant|super|genial|agreable)|(?:j'|nous |on )(?:aurai[st]?|aurions|"
    r"aurait) (?:aime|apprecie|"
    r"prefere|souhaite)|j'aimerais?|on aimerait|nous aimerions|pourqu?oi (?:ne )?pas|pourriez[- ]vous|"
    r"je suggere|"
    r"suggestion|manque (?:juste|plus que)|(?:devrai(?:t|ent)|devriez|pourrai(?:t|ent)) |il serait|"
    r"a quand |pensez a |"
    r"would be (?:nice|good|great|better|helpful|lovely|useful|ideal|fantastic|awesome|wonderful|"
    r"appreciated)|"
    r"(?:i|we)(?:'d| would) (?:like|love|prefer|appreciate)|would (?:have )?(?:liked|loved)|i wish|"
    r"wish (?:you|they|there|it|we)|"
    r"(?:should|ought to|could) (?:be|have|offer|provide|add|make|do|give|bring|consider)|please (?:add|"
    r"bring|consider|make|fix)|"
    r"suggest|how about|why not|maybe (?:you|if)|perhaps (?:you|if)|vivement (?:un|que)|il manque juste"
)
_QUESTION_WORD = re.compile(
    r"^(?:est[- ]ce|comment|pourquoi|quand|combien|quel(?:le)?s?|ou (?:est|sont|puis)|peut[- ]on|"
    r"puis[- ]je|avez[- ]vous|"
    r"how|why|when|what(?!ever)|where|who|which|can|could|do|does|is|are|will|would|any(?:one| chance|"
    r" update))\b"
)
_LEAVING = re.compile(rf"(?<![\w'])(?:{_LEAVING_FR}|{_LEAVING_EN})")
_SUGGESTING = re.compile(rf"(?<![\w'])(?:{_SUGGESTION})")
_OPENING = 300  # characters in which an intent shows; what follows only tells the story


def find_intent(text: str, label: str, *, wish: bool, question: bool) -> str:
    """Return the intent of a clause, one of ``tables.INTENTS``.

    Parameters
    ----------
    text : str
        The clause.
    label : str
        Its polarity in a word.
    wish, question : bool
        What the grammar heard in it.

    Examples
    --------
    >>> find_intent("Je démissionne à la fin du mois", "negative", wish=False, question=False)
    'leaving'
    >>> find_intent("Il faudrait une appli", "neutral", wish=True, question=False)
    'suggestion'
    """
    folded = fold_letters(text[:_OPENING])
    if label != "positive" and _LEAVING.search(folded):
        return "leaving"
    if question and (label == "neutral" or _QUESTION_WORD.match(folded)):
        return "question"
    if wish or (label != "positive" and _SUGGESTING.search(folded)):
        return "suggestion"
    return {"positive": "praise", "negative": "complaint"}.get(label, "statement")


def show_intent(text: str, intent: str) -> str:
    """Return the words of a clause that show it leaves, suggests or asks; empty where none do.

    Examples
    --------
    >>> show_intent("Franchement, je démissionne", "leaving")
    'je démissionne'
    >>> show_intent("Le site est lent", "complaint")
    ''
    """
    opening = text[:_OPENING]
    folded = fold_letters(opening)
    patterns = {"leaving": _LEAVING, "suggestion": _SUGGESTING, "question": _QUESTION_WORD}
    found = patterns[intent].search(folded) if intent in patterns else None
    if found is None:
        return "?" if intent == "question" and "?" in text else ""
    written = opening if len(folded) == len(opening) else folded  # a ligature folds into two letters
    return written[found.start() : found.end()].strip()
