using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ShutdownKit.Analyzers.Model;

/// <summary>A hosted service, seen from the method with which the host starts it.</summary>
internal sealed class HostedServiceStart
{
    private HostedServiceStart(MethodDeclarationSyntax method, StopPath path)
    {
        Method = method;
        Path = path;
        Background = new BackgroundWork(path);
        StartAsync = DeclaredStart(path);
    }

    /// <summary>The method that was found: StartAsync or ExecuteAsync.</summary>
    public MethodDeclarationSyntax Method { get; }

    /// <summary>Whether the host starts and stops the service; else its owner does.</summary>
    public bool IsHosted => Path.IsHostedService;

    /// <summary>The type and what it does when it is stopped.</summary>
    public StopPath Path { get; }

    public BackgroundWork Background { get; }

    /// <summary>The StartAsync that the type itself declares.</summary>
    public MethodDeclarationSyntax? StartAsync { get; }

    /// <summary>The name of the token that StartAsync gets, which is signalled only when the start is aborted.</summary>
    public string? StartToken => StartAsync?.ParameterList.Parameters[0].Identifier.ValueText;

    /// <summary>The hosted service whose start the name declares; null where the name stands for anything else.</summary>
    public static HostedServiceStart? At(SourceFile file, SyntaxToken name)
    {
        if (name.Parent is not MethodDeclarationSyntax { Parent: TypeDeclarationSyntax } method
            || method.Identifier != name
            || !IsStart(method)
            || file.Model.GetDeclaredSymbol(method, file.CancellationToken)?.ContainingType is not { } type
            || !type.IsOrInherits(file.Symbols.HostedService)
            || (name.ValueText == "ExecuteAsync" && !type.IsOrInherits(file.Symbols.BackgroundService)))
        {
            return null;
        }

        return new HostedServiceStart(method, StopPath.Of(type, file.Facts, file.CancellationToken));
    }

    /// <summary>
    /// A class that is no hosted service, but is stopped asynchronously by its owner and keeps a task; null where the name is not that of
    /// the method that stops it.
    /// </summary>
    public static HostedServiceStart? OfOther(SourceFile file, SyntaxToken name)
    {
        if (name.Parent is not MethodDeclarationSyntax { Parent: TypeDeclarationSyntax declaration } method
            || method.Identifier != name
            || (method.Body is null && method.ExpressionBody is null)
            || (name.ValueText == "DisposeAsync" && Declares(declaration, "StopAsync"))
            || !KeepsTask(declaration)
            || file.Model.GetDeclaredSymbol(declaration, file.CancellationToken) is not { } type
            || type.IsOrInherits(file.Symbols.HostedService))
        {
            return null;
        }

        return new HostedServiceStart(method, StopPath.Of(type, file.Facts, file.CancellationToken));
    }

    /// <summary>The code with which the service begins its life: its constructors and what the host calls to start it.</summary>
    public IEnumerable<SyntaxNode> Entries()
    {
        foreach (var declaration in Path.Declarations)
        {
            foreach (var member in declaration.Members)
            {
                if (IsHosted
                    ? member is ConstructorDeclarationSyntax or MethodDeclarationSyntax { Identifier.ValueText: "StartAsync" or "StartingAsync" or "StartedAsync" or "ExecuteAsync" }
                    : member is BaseMethodDeclarationSyntax && !Path.Contains(member))
                {
                    yield return member;
                }
            }
        }
    }

    private static bool Declares(TypeDeclarationSyntax declaration, string method)
    {
        foreach (var member in declaration.Members)
        {
            if (member is MethodDeclarationSyntax declared && declared.Identifier.ValueText == method)
                return true;
        }

        return false;
    }

    private static bool KeepsTask(TypeDeclarationSyntax declaration)
    {
        foreach (var member in declaration.Members)
        {
            if (member is FieldDeclarationSyntax { Declaration.Type: var type } && (type is NullableTypeSyntax nullable ? nullable.ElementType : type) is IdentifierNameSyntax { Identifier.ValueText: "Task" })
                return true;
        }

        return false;
    }

    private static MethodDeclarationSyntax? DeclaredStart(StopPath path)
    {
        foreach (var declaration in path.Declarations)
        {
            foreach (var member in declaration.Members)
            {
                if (member is MethodDeclarationSyntax { Identifier.ValueText: "StartAsync" } method && IsStart(method))
                    return method;
            }
        }

        return null;
    }

    private static bool IsStart(MethodDeclarationSyntax method) =>
        (method.Body is not null || method.ExpressionBody is not null)
        && method.ParameterList.Parameters.Count == 1
        && method.ParameterList.Parameters[0].Type switch
        {
            SimpleNameSyntax type => type.Identifier.ValueText == "CancellationToken",
            QualifiedNameSyntax type => type.Right.Identifier.ValueText == "CancellationToken",
            _ => false,
        };
}
