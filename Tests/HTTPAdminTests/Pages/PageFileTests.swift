import AdminPages
import Foundation
import Testing

@testable import HTTPAdmin

/// Tests of the embedded files of the web pages.
@Suite("PageFile")
struct PageFileTests {
  static let files = PageFile.all

  private static func files(_ suffix: String) -> [PageFile] { files.filter { $0.name.hasSuffix(suffix) } }

  private func text(_ file: PageFile) throws -> String {
    try #require(String(validating: file.bytes, as: UTF8.self))
  }

  @Test func embedsEveryFileUnderItsName() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let folder = root.appending(path: "Sources/AdminPages/Pages")
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.contains(".") }
    #expect(paths.map { ($0 as NSString).lastPathComponent }.sorted() == Self.files.map(\.name).sorted())
    for path in paths {
      let file = Self.files.first { $0.name == (path as NSString).lastPathComponent }
      #expect(try Data(contentsOf: folder.appending(path: path)) == file.map { Data($0.bytes) }, "\(path)")
    }
  }

  /// XML namespaces and links to specifications are addresses, too, but browsers do not load them.
  @Test(arguments: files.map(\.name))
  func noFileLoadsFromAnotherServer(_ name: String) throws {
    let text = try text(#require(Self.files.first { $0.name == name }))
    let known = ["http://www.w3.org/2000/svg", "https://spec.openapis.org/oas/v3.1.0"]
    let rest = known.reduce(text) { $0.replacing($1, with: "") }
    #expect(!rest.contains("://"))
    #expect(!rest.contains(/@import|url\(|["'(]\/\//))
  }

  /// The Content-Security-Policy would block inline code and style.
  @Test(arguments: files(".html").map(\.name))
  func noPageHasInlineCodeOrStyle(_ name: String) throws {
    let text = try text(#require(Self.files.first { $0.name == name }))
    #expect(!text.contains(/<script(?![^>]* src=)|<style| style=| on[a-z]+=|javascript:/))
    #expect(text.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">\n"))
  }

  /// Text of producers must stay text.
  @Test(arguments: files(".js").map(\.name))
  func noScriptTurnsTextIntoElementsOrCode(_ name: String) throws {
    let text = try text(#require(Self.files.first { $0.name == name }))
    #expect(!text.contains(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment/))
    #expect(!text.contains(/\beval\(|new Function|set(Timeout|Interval)\(["'`]/))
  }

  @Test func everyReferencedFileExists() throws {
    let names = Set(Self.files.map(\.name))
    for page in Self.files(".html") {
      let named = try text(page).matches(of: /(?:src|href)="assets\/([^"]+)"/).map { String($0.1) }
      #expect(!named.isEmpty && names.isSuperset(of: named), "\(page.name): \(named)")
    }
    for module in Self.files(".js") {
      let named = try text(module).matches(of: /from '\.\/([^']+)'/).map { String($0.1) }
      #expect(names.isSuperset(of: named), "\(module.name): \(named)")
    }
  }
}
