from shop import app


def test_the_window_lists_articles() -> None:
    assert app.test_client().get("/").get_json()["articles"] == ["lamp", "kettle", "chair"]
