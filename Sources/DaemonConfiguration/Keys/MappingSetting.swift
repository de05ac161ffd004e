internal import EventMapping

extension SettingFamily {
  /// The named mappings of `POST /insert/jsonline`.
  static let mappings = SettingFamily("http.mappings") { key, name in
    Setting(
      key, \.mappings[name], .mapping(called: name),
      "Mapping that a request to `/insert/jsonline` names by `mapping=NAME`, for programs that cannot send its "
        + "words. Words of the request go before those of the mapping")
  }
}

extension ValueFormat where Value == MappingText? {
  /// The words of an event mapping, with all that it needs; absent by default.
  static func mapping(called name: String) -> ValueFormat {
    ValueFormat(
      typeName: "mapping", allowed: "words with `&` between, such as `topic=app&_time_field=time`",
      read: { (text) throws(ValueProblem) in
        guard SettingFamily.isName(name) else {
          throw .malformed(
            expected: "one text such as topic=app&_time_field=time under http.mappings.NAME, where NAME has "
              + SettingFamily.allowedNames)
        }
        let mapping = MappingText(text)
        do throws(MappingError) {
          _ = try EventMapping(words: try mapping.words(), source: "http")
        } catch {
          throw .malformed(
            expected: "the words of a mapping with & between them; \"\(error.word)\": \(error.message)")
        }
        return mapping
      },
      write: { $0?.text ?? "" })
  }
}
