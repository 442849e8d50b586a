"""The browser the other tests rely on."""

from collections.abc import Callable

from playwright.sync_api import Page


def test_a_click_reaches_the_page_and_its_text_is_drawn(page: Page) -> None:
    page.set_content("<button onclick='this.textContent = `Picked`'>Pick</button>")

    page.click("button")

    assert page.inner_text("button") == "Picked"
    assert len(page.screenshot()) > 1000


def test_letters_of_every_script_we_print_have_a_width(page: Page) -> None:
    page.set_content("<span id=a>Ωμέγα Жук 倉庫 창고</span>")

    box = page.locator("#a").bounding_box()

    assert box is not None
    assert box["width"] > 100


def test_an_image_without_words_is_reported(
    page: Page, accessibility_violations: Callable[[Page], list[str]]
) -> None:
    page.set_content("<html lang=en><title>T</title><main><h1>H</h1><img src='data:,'></main>")

    assert [line.split(":")[0] for line in accessibility_violations(page)] == ["image-alt"]
