using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.Durability;

/// <summary>How a file is opened.</summary>
internal enum Access
{
    /// <summary>What is in it is read.</summary>
    Read,

    /// <summary>It is emptied and then written.</summary>
    Replace,

    /// <summary>It is written from its start on, over what is there.</summary>
    WriteOver,

    /// <summary>It is made, and must not be there yet.</summary>
    CreateNew,
}

/// <summary>
/// A place where the code opens a file by its path: recognized by names alone, and confirmed by <see cref="IsConfirmed"/>.
/// </summary>
internal sealed class FileOpening
{
    /// <summary>The names at which files are read.</summary>
    internal static readonly string[] ReadNames =
    [
        "ReadAllText", "ReadAllTextAsync", "ReadAllBytes", "ReadAllBytesAsync", "ReadAllLines", "ReadAllLinesAsync", "ReadLines", "ReadLinesAsync",
        "OpenRead", "OpenText", "StreamReader", "AddJsonFile", "AddXmlFile", "AddIniFile", "AddYamlFile", "FileMode", "Load", "LoadAsync",
    ];

    /// <summary>The names at which files are written.</summary>
    internal static readonly string[] WriteNames =
    [
        "WriteAllText", "WriteAllTextAsync", "WriteAllBytes", "WriteAllBytesAsync", "WriteAllLines", "WriteAllLinesAsync",
        "Create", "CreateText", "OpenWrite", "FileMode", "StreamWriter", "XmlWriter", "Save",
    ];

    /// <summary>Without one of these in a file, Load and Save are about something else.</summary>
    internal static readonly string[] XmlNames = ["XDocument", "XElement", "XmlDocument"];

    private FileOpening(ExpressionSyntax node, ExpressionSyntax path, Access access)
    {
        Node = node;
        Path = path;
        Access = access;
    }

    /// <summary>The call, or the creation of the stream.</summary>
    public ExpressionSyntax Node { get; }

    /// <summary>The path, or the FileInfo that holds it.</summary>
    public ExpressionSyntax Path { get; }

    public Access Access { get; }

    /// <summary>The place at a name of <see cref="ReadNames"/> or <see cref="WriteNames"/>; null where it opens no file.</summary>
    public static FileOpening? At(SyntaxToken name)
    {
        switch (name.ValueText)
        {
            case "FileMode":
                return AtMode(name);
            case "StreamReader":
                return AtCreation(name) is { } reader ? Of(reader, PathOf(ArgumentsOf(reader)), Access.Read) : null;
            case "StreamWriter":
                return AtCreation(name) is { } writer && ReplacesContent(ArgumentsOf(writer)) ? Of(writer, PathOf(ArgumentsOf(writer)), Access.Replace) : null;
            case "XmlWriter":
                var type = name.Parent is { Parent: MemberAccessExpressionSyntax qualified } && qualified.Name == name.Parent ? qualified : name.Parent;
                return type?.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Create", Parent: InvocationExpressionSyntax create }
                    ? Of(create, PathOf(create.ArgumentList), Access.Replace)
                    : null;
        }

        if (SyntaxNames.InvocationOf(name) is not { } call)
            return null;

        var receiver = SyntaxNames.OfReceiver(call);
        var isFile = receiver?.EndsWith("File", StringComparison.Ordinal) == true;
        switch (name.ValueText)
        {
            case "AddJsonFile" or "AddXmlFile" or "AddIniFile" or "AddYamlFile":
                return Of(call, PathOf(call.ArgumentList), Access.Read);
            case "Load" or "LoadAsync":
                return call.Expression is MemberAccessExpressionSyntax && MentionsXml(call) ? Of(call, PathOf(call.ArgumentList), Access.Read) : null;
            case "Save":
                return call.Expression is MemberAccessExpressionSyntax && MentionsXml(call) ? Of(call, PathOf(call.ArgumentList), Access.Replace) : null;
            case "Create" or "CreateText":
                return isFile && call.ArgumentList.Arguments.Count > 0 ? Of(call, PathOf(call.ArgumentList), Access.Replace) : OfFileInfo(call, Access.Replace);
            case "OpenWrite":
                return isFile && call.ArgumentList.Arguments.Count > 0 ? Of(call, PathOf(call.ArgumentList), Access.WriteOver) : OfFileInfo(call, Access.WriteOver);
            case "OpenRead" or "OpenText":
                return isFile && call.ArgumentList.Arguments.Count > 0 ? Of(call, PathOf(call.ArgumentList), Access.Read) : OfFileInfo(call, Access.Read);
            default:
                // ReadAll... and WriteAll... are what wrappers of File are called, too.
                return call.ArgumentList.Arguments.Count == 0
                    ? null
                    : Of(call, PathOf(call.ArgumentList), name.ValueText[0] == 'R' ? Access.Read : Access.Replace);
        }
    }

    /// <summary>Whether the names mean what they seem to.</summary>
    public bool IsConfirmed(SemanticModel model, ShutdownSymbols symbols, CancellationToken cancellationToken)
    {
        // An argument that does not bind, in broken code, leaves candidates.
        var found = model.GetSymbolInfo(Node, cancellationToken);
        if ((found.Symbol ?? found.CandidateSymbols.FirstOrDefault()) is not IMethodSymbol method)
            return false;

        var type = method.ContainingType;
        switch (Node)
        {
            case InvocationExpressionSyntax:
                if (method.Name.StartsWith("Add", StringComparison.Ordinal))
                    return TakesText(model, cancellationToken);

                if (method.Name is "Load" or "LoadAsync" or "Save")
                    return type.Name is "XDocument" or "XElement" or "XmlDocument" && TakesText(model, cancellationToken);

                if (type.Name == "XmlWriter")
                    return TakesText(model, cancellationToken);

                if (type.Is(symbols.File) || type is { Name: "FileInfo", ContainingNamespace.Name: "IO" })
                    return true;

                return IsWholeFile(method.Name) && TakesText(model, cancellationToken);
            default:
                return type is { ContainingNamespace.Name: "IO", Name: "FileStream" or "StreamReader" or "StreamWriter" } && TakesText(model, cancellationToken);
        }
    }

    /// <summary>A method that is called like one of File's but is another's, which may write in a way of its own.</summary>
    public static bool IsWrapper(IMethodSymbol method, ShutdownSymbols symbols) => IsWholeFile(method.Name) && !method.ContainingType.Is(symbols.File);

    /// <summary>What is called, as the code spells it.</summary>
    public string Description => Node switch
    {
        InvocationExpressionSyntax call => SyntaxNames.OfReceiver(call) is { } receiver ? receiver + "." + SyntaxNames.OfInvoked(call) : SyntaxNames.OfInvoked(call) ?? "",
        ObjectCreationExpressionSyntax creation => "new " + (SyntaxNames.Of((creation.Type as QualifiedNameSyntax)?.Right ?? creation.Type) ?? "FileStream"),
        BaseObjectCreationExpressionSyntax { Parent.Parent.Parent: VariableDeclarationSyntax declaration } => "new " + (SyntaxNames.Of(declaration.Type) ?? "FileStream"),
        _ => "new FileStream",
    };

    /// <summary>
    /// Whether the stream is kept, or handed to a caller: it is then written bit by bit, at whatever place, and no content is replaced as
    /// a whole.
    /// </summary>
    public bool IsKept
    {
        get
        {
            SyntaxNode node = Node;
            while (node.Parent is ParenthesizedExpressionSyntax or CastExpressionSyntax or ConditionalExpressionSyntax or BinaryExpressionSyntax)
                node = node.Parent;

            switch (node.Parent)
            {
                case ReturnStatementSyntax or ArrowExpressionClauseSyntax when !IsWhole:
                case AssignmentExpressionSyntax:
                case EqualsValueClauseSyntax { Parent: PropertyDeclarationSyntax or VariableDeclaratorSyntax { Parent.Parent: BaseFieldDeclarationSyntax } }:
                    return true;
                case EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent.Parent: LocalDeclarationStatementSyntax { UsingKeyword.RawKind: 0, Parent: { } block } } local }
                    when IsReturned(local.Identifier.ValueText, block):
                    return true;
                default:
                    // Opened without being emptied: only what is closed at once is a whole.
                    return Access == Access.WriteOver
                           && node.FirstAncestorOrSelf<StatementSyntax>() is not (UsingStatementSyntax or LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 });
            }
        }
    }

    private static bool IsReturned(string local, SyntaxNode block)
    {
        foreach (var node in block.DescendantNodes())
        {
            if (node is ReturnStatementSyntax { Expression: IdentifierNameSyntax returned } && returned.Identifier.ValueText == local)
                return true;
        }

        return false;
    }

    /// <summary>Whether another stream is copied into the file.</summary>
    public bool IsFilledFromStream
    {
        get
        {
            if (IsWhole || Node.FirstAncestorOrSelf<BlockSyntax>() is not { } block)
                return false;

            foreach (var node in block.DescendantNodes())
            {
                if (node is InvocationExpressionSyntax call && node.SpanStart > Node.SpanStart && SyntaxNames.OfInvoked(call) is "CopyTo" or "CopyToAsync")
                    return true;
            }

            return false;
        }
    }

    private bool IsWhole => Node is InvocationExpressionSyntax call && SyntaxNames.OfInvoked(call) is { } name && (IsWholeFile(name) || name == "Save");

    private static bool IsWholeFile(string name) =>
        name.StartsWith("ReadAll", StringComparison.Ordinal) || name.StartsWith("WriteAll", StringComparison.Ordinal) || name.StartsWith("ReadLines", StringComparison.Ordinal);

    private bool TakesText(SemanticModel model, CancellationToken cancellationToken) =>
        model.GetTypeInfo(Path, cancellationToken).Type?.SpecialType == SpecialType.System_String;

    private static FileOpening? Of(ExpressionSyntax node, ExpressionSyntax? path, Access access) => path is null ? null : new FileOpening(node, path, access);

    private static FileOpening? OfFileInfo(InvocationExpressionSyntax call, Access access) =>
        call is { ArgumentList.Arguments.Count: 0, Expression: MemberAccessExpressionSyntax { Expression: { } file } }
        && SyntaxNames.Of(file) is { } name
        && (name.IndexOf("file", StringComparison.OrdinalIgnoreCase) >= 0 || name.IndexOf("info", StringComparison.OrdinalIgnoreCase) >= 0
            || name.IndexOf("path", StringComparison.OrdinalIgnoreCase) >= 0)
            ? new FileOpening(call, file, access)
            : null;

    private static bool MentionsXml(InvocationExpressionSyntax call)
    {
        var names = FileNames.Of(call.SyntaxTree, CancellationToken.None);
        foreach (var name in XmlNames)
        {
            if (names.Has(NameTable.IdOf(name)))
                return true;
        }

        return false;
    }

    private static FileOpening? AtMode(SyntaxToken name)
    {
        if (name.Parent is not { Parent: MemberAccessExpressionSyntax { Name.Identifier.ValueText: var mode } value })
            return null;

        // System.IO.FileMode.Create
        if (mode == "FileMode")
        {
            if (value.Parent is not MemberAccessExpressionSyntax { Name.Identifier.ValueText: var member } outer)
                return null;

            mode = member;
            value = outer;
        }

        SyntaxNode holder = value;
        if (value.Parent is AssignmentExpressionSyntax { Right: var assigned, Parent: InitializerExpressionSyntax { Parent: BaseObjectCreationExpressionSyntax options } } && assigned == value)
            holder = options;

        var opening = holder.Parent switch
        {
            ArgumentSyntax { Parent.Parent: ExpressionSyntax direct } => direct,
            EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Identifier.ValueText: var local } } declarator => UserOf(local, declarator),
            _ => null,
        };

        var arguments = opening switch
        {
            InvocationExpressionSyntax open when SyntaxNames.OfInvoked(open) is "Open" => open.ArgumentList,
            BaseObjectCreationExpressionSyntax creation when IsFileStream(creation) => creation.ArgumentList,
            _ => null,
        };
        if (opening is null || arguments is null)
            return null;

        Access? access = mode switch
        {
            "Create" or "Truncate" => Access.Replace,
            "CreateNew" => Access.CreateNew,
            "OpenOrCreate" when IsForWriting(arguments) => Access.WriteOver,
            "Open" when !IsForWriting(arguments) => Access.Read,
            "OpenOrCreate" => Access.Read,
            _ => null,
        };
        if (access is not { } how)
            return null;

        // FileInfo.Open takes no path.
        var first = arguments.Arguments.Count > 0 ? arguments.Arguments[0].Expression : null;
        return opening is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: { } file } } && first == holder
            ? new FileOpening(opening, file, how)
            : Of(opening, PathOf(arguments), how);
    }

    private static ExpressionSyntax? UserOf(string local, SyntaxNode declarator)
    {
        if (declarator.FirstAncestorOrSelf<BlockSyntax>() is not { } block)
            return null;

        foreach (var node in block.DescendantNodes())
        {
            if (node is ArgumentSyntax { Expression: IdentifierNameSyntax name, Parent.Parent: BaseObjectCreationExpressionSyntax creation } && name.Identifier.ValueText == local)
                return creation;
        }

        return null;
    }

    private static bool IsFileStream(BaseObjectCreationExpressionSyntax creation) =>
        creation is not ObjectCreationExpressionSyntax { Type: var type } || NameOf(type) is "FileStream" or "StreamWriter";

    private static bool IsForWriting(ArgumentListSyntax arguments)
    {
        foreach (var argument in arguments.Arguments)
        {
            if (argument.Expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Write" } access && SyntaxNames.Of(access.Expression) == "FileAccess")
                return true;

            if (argument.Expression is BaseObjectCreationExpressionSyntax { Initializer: { } settings })
            {
                foreach (var setting in settings.Expressions)
                {
                    if (setting is AssignmentExpressionSyntax { Right: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Write" } })
                        return true;
                }
            }
        }

        return false;
    }

    private static BaseObjectCreationExpressionSyntax? AtCreation(SyntaxToken name)
    {
        SyntaxNode? type = name.Parent;
        while (type is { Parent: QualifiedNameSyntax or AliasQualifiedNameSyntax })
            type = type.Parent;

        return type?.Parent switch
        {
            ObjectCreationExpressionSyntax creation when creation.Type == type => creation,
            VariableDeclarationSyntax { Variables.Count: 1 } declaration when declaration.Type == type =>
                declaration.Variables[0].Initializer?.Value as ImplicitObjectCreationExpressionSyntax,
            _ => null,
        };
    }

    private static ArgumentListSyntax? ArgumentsOf(BaseObjectCreationExpressionSyntax creation) => creation.ArgumentList;

    private static bool ReplacesContent(ArgumentListSyntax? arguments)
    {
        if (arguments is null)
            return false;

        for (var i = 1; i < arguments.Arguments.Count; i++)
        {
            var argument = arguments.Arguments[i];
            if (argument.NameColon?.Name.Identifier.ValueText == "append" || (argument.NameColon is null && i == 1))
            {
                // Anything but false may append; the second may also be an encoding, or options, which are looked at where their mode stands.
                if (!argument.Expression.IsKind(SyntaxKind.FalseLiteralExpression))
                    return false;
            }
        }

        return true;
    }

    private static ExpressionSyntax? PathOf(ArgumentListSyntax? arguments)
    {
        if (arguments is null)
            return null;

        foreach (var argument in arguments.Arguments)
        {
            if (argument.NameColon?.Name.Identifier.ValueText is "path" or "fileName")
                return argument.Expression;
        }

        foreach (var argument in arguments.Arguments)
        {
            // AddJsonFile may be given a provider first.
            if (argument.NameColon is null && !argument.Expression.IsKind(SyntaxKind.NullLiteralExpression))
                return argument.Expression;
        }

        return null;
    }

    private static string? NameOf(TypeSyntax type) => SyntaxNames.Of((type as QualifiedNameSyntax)?.Right ?? type);
}
