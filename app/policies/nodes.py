"""What is asked of nodes of YAML: their lines, their tags, and whether they say anything. Pure."""

import re
from typing import Final

import yaml

YAML_TAG: Final = "tag:yaml.org,2002:"
TYPED_TAG: Final = "typed_tag"
"""Where the reader notes of a node which tag was typed before it."""


def tag_of(node: yaml.Node) -> str | None:
    """Return that a tag was typed before a value: whatever it asks for would not be done."""
    tag = vars(node).get(TYPED_TAG)
    return tag and f"has the tag {tag.replace(YAML_TAG, '!!')}, which is not taken: write a plain value"


def is_blank(node: yaml.Node) -> bool:
    """Tell whether a node says nothing."""
    return isinstance(node, yaml.ScalarNode) and not node.value.strip()


def line_at(node: yaml.Node, path: str) -> int:
    """Return the line of a path such as ``bonus.tiers[0].rate``: of its key, or the deepest that is there."""
    line = node.start_mark.line
    for name, place in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if place and isinstance(node, yaml.SequenceNode):
            node = node.value[int(place)]
            line = node.start_mark.line
        elif isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == name), None)
            if found is None:
                break
            line, node = found[0].start_mark.line, found[1]
    return line + 1
