import Contracts
import Testing

/// How an operator declares namespaces.
struct NamespacesTextTests {
  @Test func theOrderIsTheStrength() throws {
    let namespaces = try Namespaces(text: "member=person, login=login,tablet=device,fax=contact")
    #expect(namespaces.all.map(\.name) == ["member", "login", "tablet", "fax"])
    #expect(namespaces.all.map(\.kind) == [.person, .login, .device, .contact])
    #expect(namespaces.all.map(\.strength) == [0, 1, 2, 3])
    #expect(namespaces.known == ["member", "login"])
    #expect(namespaces.text == "member=person,login=login,tablet=device,fax=contact")
  }

  @Test func theStandardReadsAsItself() throws {
    let read = try Namespaces(text: Namespaces.standard.text)
    #expect(read.all.map(\.name) == Namespaces.standard.all.map(\.name))
    #expect(read.all.map(\.kind) == Namespaces.standard.all.map(\.kind))
    #expect(read.text == Namespaces.standard.text)
  }

  @Test(arguments: [
    ("", "entry 1, \"\": takes name=kind"),
    ("member", "entry 1, \"member\": takes name=kind"),
    ("member=person,tablet=divice", "entry 2, \"tablet=divice\": takes name=kind"),
    ("member=person,Tablet=device", "entry 2, \"Tablet=device\": takes a name"),
    ("a:b=person", "entry 1, \"a:b=person\": takes a name"),
    ("member=person,member=device", "entry 2, \"member=device\": member is there twice"),
    ("fax=contact", "takes at least one that can tell customers apart"),
    (String(repeating: "x", count: 33) + "=person", "takes a name of 1 to 32"),
    ((0...32).map { "n\($0)=person" }.joined(separator: ","), "takes at most 32 namespaces, not 33"),
  ])
  func aMistakeIsNamedWithWhatItTakes(_ text: String, _ reason: String) {
    let error = #expect(throws: NamespacesError.self) { try Namespaces(text: text) }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }
}
