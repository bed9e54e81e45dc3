"""A Flask application with a blueprint, called through its test client."""

from flask import Blueprint, Flask, jsonify

app = Flask(__name__)
app.config.update(SECRET_KEY="constant", ORDERS={"limit": 10})
orders = Blueprint("orders", __name__, url_prefix="/orders")


@orders.get("/<int:number>")
def show(number):
    return jsonify(number=number)


@app.errorhandler(404)
def missing(error):
    return "missing", 404


app.register_blueprint(orders)


def handler(event, context):
    return app.test_client().get("/orders/7").get_json()
