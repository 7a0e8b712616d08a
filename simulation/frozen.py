"""What is frozen about the world, and its fingerprint: numbers, trades, words of banks, designs of deceit."""

import json
from dataclasses import asdict
from hashlib import sha256

from simulation.dialects import DIALECTS
from simulation.firms import CORE_SYSTEMS
from simulation.industries import INDUSTRIES
from simulation.kinds import KINDS, MISLEADING
from simulation.parameters import VARIANTS
from simulation.schemes import DESIGNS, HELD_OUT, SHARES


def digest(designs: str = "first") -> str:
    """Fingerprint of every parameter of every variant, of the trades, of the dialects and of the designs of deceit.

    ``designs`` is the set of held-out designs of the world.
    """
    facts = [
        {name: asdict(value) for name, value in VARIANTS.items()},
        [asdict(industry) for industry in INDUSTRIES],
        [asdict(kind) for kind in KINDS],
        [asdict(dialect) for dialect in DIALECTS],
        [MISLEADING, CORE_SYSTEMS, DESIGNS, HELD_OUT[designs], SHARES],
    ]
    return sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
