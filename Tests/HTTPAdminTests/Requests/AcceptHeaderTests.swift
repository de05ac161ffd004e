import HTTPTypes
import Testing

@testable import HTTPAdmin

@Suite("AcceptHeader")
struct AcceptHeaderTests {
  @Test(
    arguments: [
      ("*/*", .json),
      ("application/json", .json),
      ("Application/JSON; charset=utf-8", .json),
      ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", .html),
      ("text/*", .html),
      ("application/json;q=0.5, text/html;q=0.4", .json),
      ("application/json;q=0.4, text/html;q=0.5", .html),
      ("*/*;q=0.9, application/json;q=0", .html),
      ("text/html;q=0, */*;q=0.1", .json),
      ("application/*, text/html", .json),
      ("image/png", nil),
      ("application/json;q=0", nil),
      ("application/jsonx", nil),
      ("json", nil),
      ("application/json;q=2", nil),
      ("application/json;q=x, text/html", .html),
      (" ,, text/html ,", .html),
      ("\ttext/html \t;\tq=1.000", .html),
    ] as [(String, ContentType?)])
  func choosesTheTypeWithTheHighestWeight(_ value: String, _ choice: ContentType?) {
    #expect(AcceptHeader(value).best(of: [.json, .html]) == choice)
  }

  @Test func acceptsEveryTypeWithoutTheField() {
    #expect(AcceptHeader([:] as HTTPFields).best(of: [.html, .json]) == .html)
  }

  @Test func joinsSeveralFields() {
    var fields = HTTPFields()
    fields.append(HTTPField(name: .accept, value: "image/png"))
    fields.append(HTTPField(name: .accept, value: "text/html"))
    #expect(AcceptHeader(fields).best(of: [.json, .html]) == .html)
  }
}
