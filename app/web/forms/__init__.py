"""Forms: ``base`` and ``fields`` wrap WTForms; a form stands in the module named as its URL prefix."""
