/// A predicate ready to be asked. What is missing makes a comparison false, whichever it is; so does a division by zero.
/// `known(customer.age)` asks whether it is there.
package struct Predicate: Sendable {
  let test: @Sendable (Answers) -> Bool
  let size: PredicateSize

  package func holds(_ answers: Answers) -> Bool { test(answers) }
}

/// What it takes at most to ask a predicate, with all that it refers to.
struct PredicateSize {
  /// Words that are asked, those of conditions wherever they are referred to; a list after `in` is one with its `in`.
  var steps = 0
  /// How deep conditions refer to conditions; 0: it refers to none.
  var levels = 0
  /// How deep it is nested, conditions opened: who asks it, and who compiles it, nests as deep.
  var depth = 0

  /// So much a predicate takes at most: conditions that refer twice to each other double it with every level.
  static let stepsMax = 4_096
  static let levelsMax = 32
  /// More than one predicate can be nested, which has 1,024 words, and far from the end of any stack.
  static let depthMax = 600
  /// And so much all predicates of a catalogue together: some milliseconds for every customer.
  static let allStepsMax = 1_000_000
}

/// Checks names and types, and turns predicates into functions over the answers of one query table.
package struct PredicateCompiler {
  package private(set) var queries = QueryTable()
  let scope: PredicateScope
  private var conditions: [String: Result<Predicate, PredicateErrors>] = [:]
  /// The conditions that are being compiled, outermost first: one that meets itself is a cycle.
  private var path: [String] = []
  var errors: [PredicateError] = []
  /// Of what is being compiled.
  private var size = PredicateSize()
  /// How deep the piece of syntax lies that is being looked at; and where its predicate begins.
  private var (depth, start) = (0, 0)
  /// All that was read so far, every condition once.
  private(set) var wordsRead = 0
  /// What the name that comes next is compared with.
  var limit: Double?

  package init(scope: PredicateScope) { self.scope = scope }

  package mutating func compile(_ source: String) throws(PredicateErrors) -> Predicate {
    let before = (errors, size, start)
    (errors, size, start) = ([], PredicateSize(), depth)
    defer { (errors, size, start) = before }
    let (syntax, words): (Syntax, Int)
    do { (syntax, words) = try PredicateParser.parse(source) } catch { throw PredicateErrors([error]) }
    wordsRead += words
    let value = check(syntax)
    if let value, value.type != .truth, errors.isEmpty {
      errors.append(PredicateError(syntax.offset, "a predicate says true or false, this is \(value.type.word)"))
    }
    if errors.isEmpty, size.steps > PredicateSize.stepsMax {
      let reason = "with the conditions that it refers to it takes \(size.steps) steps, more than"
      errors.append(PredicateError(0, "\(reason) \(PredicateSize.stepsMax)"))
    }
    guard errors.isEmpty, case .truth(let test)? = value else { throw PredicateErrors(errors) }
    return Predicate(test: test, size: size)
  }

  /// Compiles a named condition, once.
  package mutating func condition(_ name: String) throws(PredicateErrors) -> Predicate {
    if let known = conditions[name] { return try known.get() }
    guard let source = scope.conditions[name] else {
      let hint = Suggestion.text(for: name, among: scope.conditions.keys)
      throw PredicateErrors([PredicateError(0, "there is no condition @\(name)\(hint)")])
    }
    path.append(name)
    defer { path.removeLast() }
    do {
      let predicate = try compile(source)
      conditions[name] = .success(predicate)
      return predicate
    } catch {
      conditions[name] = .failure(error)
      throw error
    }
  }

  enum Value {
    case truth(@Sendable (Answers) -> Bool)
    case number(@Sendable (Answers) -> Double?)
    case text(@Sendable (Answers) -> String?, values: [String])

    var type: PredicateType {
      switch self {
      case .truth: .truth
      case .number: .number
      case .text(_, let values): .text(values: values)
      }
    }
  }

  /// The meaning of one piece of syntax; nil after an error, which is then on the list.
  mutating func check(_ syntax: Syntax) -> Value? {
    switch syntax.form {
    case .path, .call: break
    default: limit = nil
    }
    defer { limit = nil }
    size.steps += 1
    depth += 1
    defer { depth -= 1 }
    size.depth = max(size.depth, depth - start)
    // What is read comes from anybody, and is never followed further than this.
    guard depth <= PredicateSize.depthMax else { return failTooNested(syntax) }
    switch syntax.form {
    case .number(let number): return .number { _ in number }
    case .text(let text): return .text({ _ in text }, values: [])
    case .truth(let truth): return .truth { _ in truth }
    case .list: return fail(syntax, "a list stands only after in")
    case .path(let name): return pathValue(name, syntax)
    case .call(let name, let arguments): return callValue(name, arguments, syntax)
    case .condition(let name):
      if let start = path.firstIndex(of: name) {
        let cycle = (path[start...] + [name]).map { "@\($0)" }.joined(separator: " → ")
        return fail(syntax, "conditions go in a circle: \(cycle)")
      }
      guard path.count <= PredicateSize.levelsMax else { return failTooDeep(syntax) }
      do {
        let condition = try condition(name)
        size.steps += condition.size.steps
        size.levels = max(size.levels, condition.size.levels + 1)
        size.depth = max(size.depth, depth - start + condition.size.depth)
        if size.levels > PredicateSize.levelsMax { return failTooDeep(syntax) }
        return size.depth > PredicateSize.depthMax ? failTooNested(syntax) : .truth(condition.test)
      } catch {
        guard scope.conditions[name] != nil else { return fail(syntax, error.errors[0].message) }
        fail(syntax, "the condition @\(name) has mistakes of its own")
        // Without a contact the condition may be right where it stands, and wrong only here.
        errors[errors.count - 1].isConsequence = scope.hasContact
        return nil
      }
    case .not(let operand):
      guard let test = truth(operand, "not") else { return nil }
      return .truth { !test($0) }
    case .negative(let operand):
      guard let value = number(operand, "-") else { return nil }
      return .number { value($0).map { -$0 } }
    case .binary(let name, let left, let right): return binaryValue(name, left, right, syntax)
    case .membership(let operand, let list, let isNegated):
      return membershipValue(operand, list, isNegated: isNegated)
    }
  }

  private mutating func failTooDeep(_ syntax: Syntax) -> Value? {
    fail(syntax, "conditions refer to conditions deeper than \(PredicateSize.levelsMax) levels here")
  }

  private mutating func failTooNested(_ syntax: Syntax) -> Value? {
    fail(syntax, "with the conditions that it refers to it is nested deeper than \(PredicateSize.depthMax)")
  }

  mutating func truth(_ syntax: Syntax, _ operation: String) -> (@Sendable (Answers) -> Bool)? {
    switch check(syntax) {
    case .truth(let test)?: return test
    case let other?:
      fail(syntax, "\(operation) takes true or false, this is \(other.type.word)")
      return nil
    case nil: return nil
    }
  }

  /// `limit` is what it is compared with, where that is a number written out.
  mutating func number(
    _ syntax: Syntax, _ operation: String, limit: Double? = nil
  ) -> (@Sendable (Answers) -> Double?)? {
    self.limit = limit
    switch check(syntax) {
    case .number(let value)?: return value
    case let other?:
      fail(syntax, "\(operation) takes numbers, this is \(other.type.word)")
      return nil
    case nil: return nil
    }
  }

  @discardableResult
  mutating func fail(_ syntax: Syntax, _ message: String) -> Value? {
    errors.append(PredicateError(syntax.offset, message))
    return nil
  }

  mutating func slot(_ query: Query) -> Int { queries.slot(query, limit: limit) }
}
