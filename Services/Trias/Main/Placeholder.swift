// Replaced by the first real file.
@main struct Main { static func main() {} }
