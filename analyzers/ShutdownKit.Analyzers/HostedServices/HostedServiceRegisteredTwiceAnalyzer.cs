using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>SHK2015: a hosted service of the same type is registered a second time, which the container drops silently.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class HostedServiceRegisteredTwiceAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2015";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["AddHostedService"];

    private static readonly DiagnosticDescriptor Rule = RuleDescriptor.Create(
        Id,
        "Hosted service registered twice",
        "'{0}' is registered once more, which AddHostedService ignores: only the first one is ever started and stopped",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Warning,
        "AddHostedService adds a service only if none of the same implementation type is registered yet. A second instance never runs, whatever its "
        + "factory does, and nothing says so. Register further instances with AddSingleton<IHostedService>(...).");

    /// <summary>Creates the analyzer.</summary>
    public HostedServiceRegisteredTwiceAnalyzer()
        : base(Rule)
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Symbols.HostedService is not null && !watch.Facts.IsExemptAsTest)
            watch.Names(Names, Look);
    }

    private static void Look(SourceFile file, SyntaxToken name)
    {
        if (SyntaxNames.InvocationOf(name) is not { } call || HandsOnASingleton(call) || ScopeOf(call) is not { } scope)
            return;

        if (IsRepeated(call, scope) && ServiceOf(file, call) is { } repeated && repeated is not ITypeParameterSymbol)
        {
            file.Report(Diagnostic.Create(Rule, name.GetLocation(), repeated.Name));
            return;
        }

        ITypeSymbol? service = null;
        foreach (var token in file.Tokens("AddHostedService"))
        {
            // In a chain the first call is the innermost, and its name comes first as well.
            if (token.SpanStart >= name.SpanStart)
                return;

            if (SyntaxNames.InvocationOf(token) is not { } earlier
                || HandsOnASingleton(earlier)
                || ScopeOf(earlier) != scope
                || MayDiffer(earlier, call)
                || !Precedes(earlier, call)
                || Receiver(earlier) != Receiver(call))
            {
                continue;
            }

            service ??= ServiceOf(file, call);
            if (service is not null && SymbolEqualityComparer.Default.Equals(service, ServiceOf(file, earlier)))
            {
                file.Report(Diagnostic.Create(Rule, name.GetLocation(), service.Name));
                return;
            }
        }
    }

    private static ITypeSymbol? ServiceOf(SourceFile file, InvocationExpressionSyntax call) =>
        file.Model.GetSymbolInfo(call, file.CancellationToken).Symbol is IMethodSymbol { TypeArguments.Length: 1 } method
        && method.ContainingType.Is(file.Symbols.Type("Microsoft.Extensions.DependencyInjection.ServiceCollectionHostedServiceExtensions"))
            ? method.TypeArguments[0]
            : null;

    // AddHostedService(provider => provider.GetRequiredService<Worker>()) twice is the same instance twice.
    private static bool HandsOnASingleton(InvocationExpressionSyntax call)
    {
        foreach (var node in call.ArgumentList.DescendantNodes())
        {
            if (node is SimpleNameSyntax { Identifier.ValueText: "GetRequiredService" or "GetService" } name
                && name.FirstAncestorOrSelf<LambdaExpressionSyntax>()?.ExpressionBody is { } body
                && body.Span.Contains(name.Span)
                && body is InvocationExpressionSyntax or CastExpressionSyntax or BinaryExpressionSyntax or PostfixUnaryExpressionSyntax
                && body is not InvocationExpressionSyntax { ArgumentList.Arguments.Count: > 1 })
            {
                return true;
            }
        }

        return false;
    }

    // The names already tell that the services differ: nothing has to be bound.
    private static bool MayDiffer(InvocationExpressionSyntax first, InvocationExpressionSyntax second) =>
        TypeName(first) is { } one && TypeName(second) is { } other && one != other;

    private static string? TypeName(InvocationExpressionSyntax call)
    {
        var name = call.Expression switch
        {
            MemberAccessExpressionSyntax access => access.Name,
            MemberBindingExpressionSyntax binding => binding.Name,
            SimpleNameSyntax simple => simple,
            _ => null,
        };
        return name is GenericNameSyntax { TypeArgumentList.Arguments: { Count: 1 } arguments }
            ? arguments[0] is QualifiedNameSyntax qualified ? qualified.Right.ToString() : arguments[0].ToString()
            : null;
    }

    // The method, lambda or top-level code that registers.
    private static SyntaxNode? ScopeOf(SyntaxNode call) =>
        call.FirstAncestorOrSelf<SyntaxNode>(static node =>
            node is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or MemberDeclarationSyntax and not GlobalStatementSyntax or CompilationUnitSyntax);

    // Whatever way the later call is reached, the earlier one has been made.
    private static bool Precedes(InvocationExpressionSyntax earlier, InvocationExpressionSyntax later)
    {
        if (later.Span.Contains(earlier.Span))
            return true;

        if (earlier.FirstAncestorOrSelf<StatementSyntax>() is not { } statement || !IsUnconditional(earlier, statement))
            return false;

        return statement.Parent switch
        {
            BlockSyntax block => block.Span.Contains(later.Span),
            GlobalStatementSyntax global => global.Parent!.Span.Contains(later.Span),
            _ => false,
        };
    }

    private static bool IsUnconditional(SyntaxNode call, StatementSyntax statement)
    {
        for (var node = call.Parent; node is not null && node != statement; node = node.Parent)
        {
            if (node is ConditionalExpressionSyntax or BinaryExpressionSyntax or SwitchExpressionSyntax or AnonymousFunctionExpressionSyntax)
                return false;
        }

        return true;
    }

    // In a loop the same registration is made again and again.
    private static bool IsRepeated(InvocationExpressionSyntax call, SyntaxNode scope)
    {
        for (var node = call.Parent; node is not null && node != scope; node = node.Parent)
        {
            if (node is not (ForStatementSyntax or WhileStatementSyntax or DoStatementSyntax or ForEachStatementSyntax))
                continue;

            // Each turn may have another container, or leave the loop after the first.
            var receiver = Receiver(call);
            foreach (var inner in node.DescendantNodes())
            {
                if (inner is BreakStatementSyntax or ReturnStatementSyntax
                    || inner is VariableDeclaratorSyntax { Identifier.ValueText: var local } && local == receiver)
                {
                    return false;
                }
            }

            return node is not ForEachStatementSyntax each || each.Identifier.ValueText != receiver;
        }

        return false;
    }

    // The variable at the begin of services.AddX().AddHostedService<T>() and builder.Services.AddHostedService<T>().
    private static string Receiver(InvocationExpressionSyntax call)
    {
        ExpressionSyntax? expression = call;
        while (true)
        {
            switch (expression)
            {
                case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } invocation:
                    // ServiceCollectionHostedServiceExtensions.AddHostedService<T>(services)
                    if (access.Expression is IdentifierNameSyntax { Identifier.ValueText: "ServiceCollectionHostedServiceExtensions" } && invocation.ArgumentList.Arguments.Count > 0)
                        expression = invocation.ArgumentList.Arguments[0].Expression;
                    else
                        expression = access.Expression;
                    break;
                case MemberAccessExpressionSyntax { Expression: not ThisExpressionSyntax } access:
                    expression = access.Expression;
                    break;
                case IdentifierNameSyntax name:
                    return name.Identifier.ValueText;
                default:
                    return expression?.ToString() ?? "";
            }
        }
    }
}
