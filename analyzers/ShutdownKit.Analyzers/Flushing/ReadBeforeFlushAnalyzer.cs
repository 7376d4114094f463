using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Flushing;

/// <summary>SHK4003: what was compressed, encrypted or buffered into memory is read before the writer has written its end.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ReadBeforeFlushAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK4003";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names =
        ["GZipStream", "DeflateStream", "BrotliStream", "ZLibStream", "CryptoStream", "ZipArchive", "StreamWriter", "BufferedStream"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Memory is read before the writer around it has finished",
        "'{0}' is read while '{1}' is still open: {2}",
        RuleCategories.Flushing,
        DiagnosticSeverity.Warning,
        "Compressing and encrypting streams write their end only when they are disposed, and buffered writers hand on what they hold only when they are flushed or disposed. "
        + "What is read from the memory stream before that is cut off.");

    /// <summary>Creates the analyzer.</summary>
    public ReadBeforeFlushAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch) => watch.Names(Names, Look);

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (OpenWriter.At(name) is not { } writer || writer.EarlyRead() is not { } read)
            return;

        if (file.Model.GetTypeInfo(writer.Target, file.CancellationToken).Type is not { } target
            || target is not { Name: "MemoryStream" or "RecyclableMemoryStream" }
            || file.Model.GetTypeInfo(writer.Creation, file.CancellationToken).Type is not { } type
            || type.Name != name.ValueText)
        {
            return;
        }

        file.Report(Diagnostic.Create(
            Rule, read.GetLocation(),
            SyntaxNames.Of(writer.Target), writer.Declarator.Identifier.ValueText,
            writer.Need == FlushNeed.End ? "the end of the data is missing, and it cannot be read in full" : "what is still in its buffer is missing"));
    }

    /// <summary>A writer in a local, over a memory stream in another local.</summary>
    internal sealed class OpenWriter
    {
        private OpenWriter(VariableDeclaratorSyntax declarator, BaseObjectCreationExpressionSyntax creation, IdentifierNameSyntax target, FlushNeed need)
        {
            Declarator = declarator;
            Creation = creation;
            Target = target;
            Need = need;
        }

        public VariableDeclaratorSyntax Declarator { get; }

        public BaseObjectCreationExpressionSyntax Creation { get; }

        /// <summary>The memory stream.</summary>
        public IdentifierNameSyntax Target { get; }

        public FlushNeed Need { get; }

        /// <summary>The writer that is created at a name; null where there is none, or where it does not write to a local.</summary>
        public static OpenWriter? At(SyntaxToken name)
        {
            var creation = name.Parent?.Parent switch
            {
                ObjectCreationExpressionSyntax explicitly when explicitly.Type == name.Parent => (BaseObjectCreationExpressionSyntax)explicitly,
                VariableDeclarationSyntax { Variables: { Count: 1 } variables } declaration when declaration.Type == name.Parent =>
                    variables[0].Initializer?.Value as ImplicitObjectCreationExpressionSyntax,
                _ => null,
            };

            return creation is { Initializer: null, ArgumentList.Arguments: { Count: > 0 } arguments, Parent: EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator } }
                   && declarator.Parent?.Parent is LocalDeclarationStatementSyntax or UsingStatementSyntax
                   && arguments[0].Expression is IdentifierNameSyntax target
                   && !Reads(arguments)
                ? new OpenWriter(declarator, creation, target, BufferedWriters.LikelyNeed(name))
                : null;
        }

        /// <summary>Where the memory stream is read after something was written and before the writer has finished.</summary>
        public ExpressionSyntax? EarlyRead()
        {
            // With a using statement the writer is open in its body, else to the end of the block, or until it is disposed of.
            SyntaxNode? scope = Declarator.Parent?.Parent is UsingStatementSyntax block ? block.Statement : Declarator.FirstAncestorOrSelf<BlockSyntax>();
            scope ??= Declarator.SyntaxTree.GetRoot();
            var writer = Declarator.Identifier.ValueText;
            var memory = Target.Identifier.ValueText;
            var isWritten = false;
            foreach (var node in scope.DescendantNodes())
            {
                if (node is not IdentifierNameSyntax identifier || identifier.SpanStart < Declarator.Span.End)
                    continue;

                // What runs later, and in what order, cannot be told.
                if (identifier.Identifier.ValueText == writer || identifier.Identifier.ValueText == memory)
                {
                    if (IsInFunction(identifier, scope))
                        return null;
                }

                if (identifier.Identifier.ValueText == writer)
                {
                    switch (UseOf(identifier))
                    {
                        case Use.Write:
                            isWritten = true;
                            break;
                        case Use.Settled:
                            return null;
                    }
                }
                else if (identifier.Identifier.ValueText == memory && isWritten && ReadOf(identifier) is { } read)
                {
                    return read;
                }
            }

            return null;
        }

        private enum Use
        {
            Harmless,
            Write,
            Settled,
        }

        private Use UseOf(IdentifierNameSyntax identifier)
        {
            switch (identifier.Parent)
            {
                case MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax } access when access.Expression == identifier:
                    var method = access.Name.Identifier.ValueText;
                    return method.StartsWith("Write", StringComparison.Ordinal) || method is "CreateEntry" or "BeginWrite" ? Use.Write
                        // A flush gives a part that can be used only where both sides agree on that, as with DeflateStream in protocols.
                        : method is "Flush" or "FlushAsync" && Need == FlushNeed.End && !IsDeflate ? Use.Harmless
                        : method is "Seek" or "ToString" or "GetHashCode" or "Equals" ? Use.Harmless
                        : Use.Settled;

                // Serializers and CopyTo write to what they are given and leave it open.
                case ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call }:
                    return SyntaxNames.OfInvoked(call) is { } called
                           && Need == FlushNeed.End
                           && (called is "CopyTo" or "CopyToAsync" or "WriteTo" || called.StartsWith("Serialize", StringComparison.Ordinal))
                        ? Use.Write
                        : SyntaxNames.OfInvoked(call) is "CopyTo" or "CopyToAsync" ? Use.Write : Use.Settled;

                // A writer around the writer: it is open as long as this one where it is a using declaration, too.
                case ArgumentSyntax { Parent.Parent: BaseObjectCreationExpressionSyntax { Parent.Parent.Parent.Parent: LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 } } }:
                    return Use.Write;

                case MemberAccessExpressionSyntax access when access.Expression == identifier:
                    return access.Name.Identifier.ValueText == "AutoFlush" ? Use.Settled : Use.Harmless;

                default:
                    return Use.Settled;
            }
        }

        private bool IsDeflate => Creation is not ObjectCreationExpressionSyntax { Type: var type } || SyntaxNames.Of((type as QualifiedNameSyntax)?.Right ?? type) is "DeflateStream";

        private static ExpressionSyntax? ReadOf(IdentifierNameSyntax memory)
        {
            if (memory.Parent is not MemberAccessExpressionSyntax access || access.Expression != memory)
                return null;

            return access.Parent switch
            {
                InvocationExpressionSyntax call when access.Name.Identifier.ValueText is "ToArray" or "GetBuffer" or "TryGetBuffer" or "WriteTo" or "CopyTo" or "CopyToAsync" => call,
                InvocationExpressionSyntax call when access.Name.Identifier.ValueText == "Seek"
                                                     && call.ArgumentList.Arguments is { Count: > 0 } arguments && arguments[0].Expression.ToString() is "0" or "0L" => call,
                AssignmentExpressionSyntax { Right: LiteralExpressionSyntax { Token.ValueText: "0" or "0L" } } rewind
                    when rewind.Left == access && access.Name.Identifier.ValueText == "Position" => rewind,
                _ => null,
            };
        }

        private static bool Reads(SeparatedSyntaxList<ArgumentSyntax> arguments)
        {
            foreach (var argument in arguments)
            {
                if (argument.Expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Decompress" or "Read" })
                    return true;
            }

            return false;
        }

        private static bool IsInFunction(SyntaxNode node, SyntaxNode scope)
        {
            for (var current = node.Parent; current is not null && current != scope; current = current.Parent)
            {
                if (current is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)
                    return true;
            }

            return false;
        }
    }
}
