using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Flushing;

/// <summary>What it takes to get what was written to a writer out of its buffer.</summary>
internal enum FlushNeed
{
    /// <summary>A flush is enough, disposing does it too.</summary>
    Flush,

    /// <summary>Only disposing writes the end, without which the whole cannot be read.</summary>
    End,
}

/// <summary>The types that keep written data in memory until they are told to write it.</summary>
internal sealed class BufferedWriters
{
    /// <summary>The types, as the code names them where it creates one.</summary>
    internal static readonly string[] TypeNames =
    [
        "StreamWriter", "FileStream", "BufferedStream", "BinaryWriter", "XmlWriter", "Utf8JsonWriter", "PipeWriter", "CsvWriter",
        "GZipStream", "DeflateStream", "BrotliStream", "ZLibStream", "ZipArchive", "ZipFile", "CryptoStream",
    ];

    /// <summary>The methods of File and FileInfo that create one.</summary>
    internal static readonly string[] FactoryNames = ["Create", "CreateText", "AppendText", "OpenWrite"];

    private readonly Dictionary<INamedTypeSymbol, FlushNeed> _needs = new(SymbolEqualityComparer.Default);
    private readonly INamedTypeSymbol? _binaryWriter;
    private readonly INamedTypeSymbol? _fileStream;

    public BufferedWriters(ShutdownSymbols symbols)
    {
        _fileStream = symbols.FileStream;
        _binaryWriter = symbols.Type("System.IO.BinaryWriter");
        Add(FlushNeed.Flush, symbols.StreamWriter, _fileStream, _binaryWriter);
        Add(
            FlushNeed.Flush,
            symbols.Type("System.IO.BufferedStream"),
            symbols.Type("System.Xml.XmlWriter"),
            symbols.Type("System.Text.Json.Utf8JsonWriter"),
            symbols.Type("System.IO.Pipelines.PipeWriter"),
            symbols.Type("CsvHelper.CsvWriter"));
        Add(
            FlushNeed.End,
            symbols.Type("System.IO.Compression.GZipStream"),
            symbols.Type("System.IO.Compression.DeflateStream"),
            symbols.Type("System.IO.Compression.BrotliStream"),
            symbols.Type("System.IO.Compression.ZLibStream"),
            symbols.Type("System.IO.Compression.ZipArchive"),
            symbols.Type("System.Security.Cryptography.CryptoStream"));

        void Add(FlushNeed need, params INamedTypeSymbol?[] types)
        {
            foreach (var type in types)
            {
                if (type is not null)
                    _needs[type] = need;
            }
        }
    }

    /// <summary>What a writer that is created at the name needs, by its name alone.</summary>
    public static FlushNeed LikelyNeed(SyntaxToken name) =>
        name.ValueText is "GZipStream" or "DeflateStream" or "BrotliStream" or "ZLibStream" or "ZipArchive" or "ZipFile" or "CryptoStream" ? FlushNeed.End : FlushNeed.Flush;

    /// <summary>The local that is initialized with a writer which is created at the name; null where the name means anything else.</summary>
    public static VariableDeclaratorSyntax? DeclaratorAt(SyntaxToken name)
    {
        var created = CreatedAt(name);
        while (created?.Parent is CastExpressionSyntax or ParenthesizedExpressionSyntax)
            created = (ExpressionSyntax)created.Parent;

        return created?.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent.Parent: LocalDeclarationStatementSyntax } declarator } ? declarator : null;
    }

    /// <summary>The expression that creates a writer at the name; null where the name means anything else.</summary>
    public static ExpressionSyntax? CreatedAt(SyntaxToken name)
    {
        if (name.Parent is not SimpleNameSyntax simple)
            return null;

        SyntaxNode type = simple;
        while (type.Parent is QualifiedNameSyntax or AliasQualifiedNameSyntax)
            type = type.Parent;

        return type.Parent switch
        {
            ObjectCreationExpressionSyntax creation when creation.Type == type => creation,
            VariableDeclarationSyntax { Variables.Count: 1 } declaration when declaration.Type == type =>
                declaration.Variables[0].Initializer?.Value as ImplicitObjectCreationExpressionSyntax,

            // XmlWriter.Create(...), ZipFile.Open(...), PipeWriter.Create(...)
            MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Create" or "Open", Parent: InvocationExpressionSyntax factory } access when access.Expression == type => factory,

            // File.Create(...), file.CreateText()
            MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax factory } access
                when access.Name == type && name.ValueText is "Create" or "CreateText" or "AppendText" or "OpenWrite"
                     && SyntaxNames.Of(access.Expression) is { } receiver && receiver.IndexOf("file", StringComparison.OrdinalIgnoreCase) >= 0 => factory,
            _ => null,
        };
    }

    /// <summary>Whether the type is one of the writers.</summary>
    public bool Knows(INamedTypeSymbol type) => _needs.ContainsKey(type) || type is { Name: "Stream" or "TextWriter", ContainingNamespace.Name: "IO" };

    /// <summary>What a newly created object needs; null when it is no such writer, or when nothing outside of memory would miss its data.</summary>
    public FlushNeed? NeedOf(IOperation created)
    {
        while (created is IConversionOperation conversion)
            created = conversion.Operand;

        if (created.Type is not INamedTypeSymbol type || !_needs.TryGetValue(type, out var need))
            return null;

        return created switch
        {
            IObjectCreationOperation creation when HasOwnBuffer(creation) && !SetsAutoFlush(creation) => need,
            IInvocationOperation factory when IsFactory(factory) => need,
            _ => null,
        };
    }

    private static bool IsFactory(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        var isFactory = method.ContainingType.Name switch
        {
            "File" => method.Name is "Create" or "CreateText" or "AppendText" or "OpenWrite" or "Open",
            "FileInfo" => method.Name is "Create" or "CreateText" or "AppendText" or "OpenWrite" or "Open",
            "XmlWriter" or "PipeWriter" => method.Name == "Create" && WritesToStreamOrFile(call.Arguments),
            "ZipFile" => method.Name == "Open",
            _ => false,
        };
        return isFactory;
    }

    private static bool WritesToStreamOrFile(IEnumerable<IArgumentOperation> arguments)
    {
        foreach (var argument in arguments)
        {
            var type = TargetType(argument.Value);
            if (type is null)
                continue;
            if (type.Name is "StringBuilder" or "StringWriter" or "MemoryStream" or "RecyclableMemoryStream" or "IBufferWriter" or "ArrayBufferWriter")
                return false;
        }

        return true;
    }

    private bool HasOwnBuffer(IObjectCreationOperation creation)
    {
        if (!WritesToStreamOrFile(creation.Arguments))
            return false;
        if (creation.Type.Is(_fileStream))
            return !HasSmallBuffer(creation);

        // A BinaryWriter writes through: only the file stream that it owns has a buffer.
        return !creation.Type.Is(_binaryWriter)
               || creation.Arguments.Length > 0 && Unwrap(creation.Arguments[0].Value) is IObjectCreationOperation or IInvocationOperation
               && Unwrap(creation.Arguments[0].Value).Type.Is(_fileStream);
    }

    private static bool HasSmallBuffer(IObjectCreationOperation creation)
    {
        foreach (var argument in creation.Arguments)
        {
            if (argument.Parameter?.Name == "bufferSize" && argument.Value.ConstantValue is { HasValue: true, Value: 0 or 1 })
                return true;
            if (argument.Parameter?.Name == "options")
            {
                // FileStreamOptions may set any buffer size; WriteThrough (0x80000000) says that somebody thought about it.
                return argument.Value.Type?.Name == "FileStreamOptions"
                       || argument.Value.ConstantValue is { HasValue: true, Value: int options } && (options & int.MinValue) != 0;
            }
        }

        return false;
    }

    private static bool SetsAutoFlush(IObjectCreationOperation creation)
    {
        if (creation.Initializer is not { } initializer)
            return false;

        foreach (var setting in initializer.Initializers)
        {
            if (setting is ISimpleAssignmentOperation { Target: IPropertyReferenceOperation { Property.Name: "AutoFlush" } })
                return true;
        }

        return false;
    }

    private static IOperation Unwrap(IOperation operation)
    {
        while (operation is IConversionOperation conversion)
            operation = conversion.Operand;
        return operation;
    }

    private static ITypeSymbol? TargetType(IOperation argument) => Unwrap(argument) switch
    {
        // A local of the abstract type may hold something in memory: what it was made of tells.
        ILocalReferenceOperation { Type.Name: "Stream" or "TextWriter" } reference => InitialTypeOf(reference) ?? reference.Type,
        var other => other.Type,
    };

    private static ITypeSymbol? InitialTypeOf(ILocalReferenceOperation reference)
    {
        IOperation root = reference;
        while (root.Parent is not null)
            root = root.Parent;

        foreach (var operation in root.Descendants())
        {
            if (operation is IVariableDeclaratorOperation declarator && SymbolEqualityComparer.Default.Equals(declarator.Symbol, reference.Local))
                return declarator.GetVariableInitializer() is { } initializer ? Unwrap(initializer.Value).Type : null;
        }

        return null;
    }
}
