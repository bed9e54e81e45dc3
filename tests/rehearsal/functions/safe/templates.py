"""Jinja environments and templates, made at the import."""

from jinja2 import DictLoader, Environment, select_autoescape

environment = Environment(
    loader=DictLoader({"mail": "Dear {{ name }}, {% for one in orders %}{{ one }} {% endfor %}"}),
    autoescape=select_autoescape(),
)
environment.filters["money"] = lambda amount: f"{amount:.2f}"
mail = environment.get_template("mail")


def handler(event, context):
    return mail.render(name="Ada", orders=[1, 2])
