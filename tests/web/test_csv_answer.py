from fulfillment.web.csv_answer import csv_answer


def test_a_file_opens_in_a_spreadsheet_and_none_of_its_texts_is_a_formula() -> None:
    answer = csv_answer([("sku", "units"), ("=1+1", -3), ('a "b", c', None)], name="x.csv")

    assert answer.get_data() == b'\xef\xbb\xbfsku,units\r\n\'=1+1,-3\r\n"a ""b"", c",\r\n'
    assert answer.headers["Content-Disposition"] == 'attachment; filename="x.csv"'
    assert answer.content_type == "text/csv; charset=utf-8"
